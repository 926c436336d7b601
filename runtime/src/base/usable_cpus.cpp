#include "base/usable_cpus.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "base/cpu_set.hpp"

namespace scoop::base {

namespace {

constexpr std::size_t depth_max = 64;  // no hierarchy is deeper; the text of a file does not keep us busy

enum class Version { v1, v2 };

struct Mount {
    Version version;
    std::string root;  ///< the cgroup that is seen at `point`
    std::string point;
};

bool has_item(const std::string& list, std::string_view item) {
    std::istringstream items(list);
    for (std::string one; std::getline(items, one, ',');)
        if (one == item) return true;
    return false;
}

/// The mounts with files about CPU time. A line: "36 35 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup rw".
std::vector<Mount> cpu_mounts(const std::string& mountinfo) {
    std::vector<Mount> mounts;
    std::istringstream lines(mountinfo);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word, root, point, type, source, options;
        words >> word >> word >> word >> root >> point;
        while (words >> word && word != "-") {
        }
        words >> type >> source >> options;
        if (type == "cgroup2") mounts.push_back({Version::v2, root, point});
        if (type == "cgroup" && has_item(options, "cpu")) mounts.push_back({Version::v1, root, point});
    }
    return mounts;
}

/// Our cgroup in the hierarchy of that version. A line: "4:cpu,cpuacct:/a/b", of version 2 "0::/a/b".
std::optional<std::string> own_cgroup(const std::string& cgroups, Version version) {
    std::istringstream lines(cgroups);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const bool is_it = version == Version::v2 ? controllers.empty() : has_item(controllers, "cpu");
        if (is_it) return line.substr(second + 1);
    }
    return std::nullopt;
}

/// Where `cgroup` is below the mount. What lies outside of it (a container without a cgroup namespace may mount only
/// its own) is taken for the mount's root.
std::string below_mount(const Mount& mount, const std::string& cgroup) {
    const std::string root = mount.root == "/" ? "" : mount.root;
    const bool is_inside = cgroup.starts_with(root) && (cgroup.size() == root.size() || cgroup[root.size()] == '/');
    if (!is_inside || cgroup.find("/..") != std::string::npos) return "";
    const std::string below = cgroup.substr(root.size());
    return below == "/" ? "" : below;
}

std::optional<double> number_in(const std::optional<std::string>& text) {
    double number = 0;
    if (!text || !(std::istringstream(*text) >> number)) return std::nullopt;
    return number;
}

std::optional<double> quota_of(const std::string& directory, Version version, const ReadFile& read_file) {
    std::optional<double> quota;
    std::optional<double> period;
    if (version == Version::v2) {
        const auto text = read_file(directory + "/cpu.max");  // "150000 100000", or "max 100000"
        quota = number_in(text);
        if (quota) period = number_in(text->substr(std::min(text->find(' '), text->size())));
    } else {
        quota = number_in(read_file(directory + "/cpu.cfs_quota_us"));  // -1: no limit
        period = number_in(read_file(directory + "/cpu.cfs_period_us"));
    }
    if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
    return *quota / *period;
}

std::optional<std::string> read_whole_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return std::nullopt;
    return text.str();
}

}  // namespace

std::optional<double> cgroup_cpu_quota(const ReadFile& read_file) {
    const auto mountinfo = read_file("/proc/self/mountinfo");
    const auto cgroups = read_file("/proc/self/cgroup");
    if (!mountinfo || !cgroups) return std::nullopt;
    std::optional<double> least;
    for (const Mount& mount : cpu_mounts(*mountinfo)) {
        const auto cgroup = own_cgroup(*cgroups, mount.version);
        if (!cgroup) continue;
        std::string below = below_mount(mount, *cgroup);
        for (std::size_t depth = 0; depth < depth_max; ++depth) {
            if (const auto quota = quota_of(mount.point + below, mount.version, read_file); quota)
                least = std::min(least.value_or(*quota), *quota);
            if (below.empty()) break;
            below.erase(below.rfind('/'));
        }
    }
    return least;
}

std::uint32_t affinity_cpus() {
    const std::size_t in_mask = affinity_mask().size();
    return static_cast<std::uint32_t>(in_mask > 0 ? in_mask : std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

std::uint32_t usable_cpus(std::uint32_t in_mask, std::optional<double> quota) {
    const double limit = std::max(1.0, std::ceil(quota.value_or(in_mask)));
    return limit < in_mask ? static_cast<std::uint32_t>(limit) : std::max(1u, in_mask);
}

std::uint32_t usable_cpus() { return usable_cpus(affinity_cpus(), cgroup_cpu_quota(read_whole_file)); }

}  // namespace scoop::base
