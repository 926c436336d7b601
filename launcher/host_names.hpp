// HostNames: the names of a job's hosts by their numbers, for the lines that they write. Any thread.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/ids.hpp"

namespace scoop::launcher {

class HostNames {
public:
    explicit HostNames(std::vector<std::string> names) : names_(std::move(names)) {}

    /// Of a host that joins the job; its number is the next one.
    void add(std::string name) {
        const std::lock_guard lock(mutex_);
        names_.push_back(std::move(name));
    }
    [[nodiscard]] std::string of(base::HostIndex host) const {
        const std::lock_guard lock(mutex_);
        return names_.at(host);
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::string> names_;
};

}  // namespace scoop::launcher
