// A value that holds a handle to a shared one.
#pragma once

#include <scoop/scoop.hpp>
#include <string>
#include <vector>

struct Labelled {
    scoop::Shared<std::vector<double>> values;
    std::string label;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(values, label);
    }
};
