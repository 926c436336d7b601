// What the tests of memory that must not grow share.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

/// What this process takes at the moment, in MiB (VmRSS of proc(5)).
inline double resident_mebibytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (!line.starts_with("VmRSS:")) continue;
        std::istringstream words(line.substr(6));
        double kibibytes = 0;
        words >> kibibytes;
        return kibibytes / 1024;
    }
    throw std::runtime_error("no VmRSS in /proc/self/status");
}
