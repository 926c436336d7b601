#include "base/cgroup.hpp"

#include <fstream>
#include <sstream>
#include <utility>

namespace scoop::base {

namespace {

using Version = Cgroup::Version;

constexpr std::size_t depth_max = 64;  // no hierarchy is deeper; the text of a file does not keep us busy

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

/// The mounts with files of the controller. A line: "36 35 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup
/// rw".
std::vector<Mount> mounts_of(std::string_view controller, const std::string& mountinfo) {
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
        if (type == "cgroup" && has_item(options, controller)) mounts.push_back({Version::v1, root, point});
    }
    return mounts;
}

/// Our cgroup in the hierarchy of that version. A line: "4:cpu,cpuacct:/a/b", of version 2 "0::/a/b".
std::optional<std::string> own_cgroup(std::string_view controller, const std::string& cgroups, Version version) {
    std::istringstream lines(cgroups);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const bool is_it = version == Version::v2 ? controllers.empty() : has_item(controllers, controller);
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

}  // namespace

std::optional<std::string> read_whole_file(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) return std::nullopt;
    return text.str();
}

std::vector<Cgroup> own_cgroups(std::string_view controller, const ReadFile& read_file) {
    const auto mountinfo = read_file("/proc/self/mountinfo");
    const auto cgroups = read_file("/proc/self/cgroup");
    if (!mountinfo || !cgroups) return {};
    std::vector<Cgroup> found;
    for (const Mount& mount : mounts_of(controller, *mountinfo)) {
        const auto cgroup = own_cgroup(controller, *cgroups, mount.version);
        if (!cgroup) continue;
        std::string below = below_mount(mount, *cgroup);
        for (std::size_t depth = 0; depth < depth_max; ++depth) {
            found.push_back({mount.version, mount.point + below});
            if (below.empty()) break;
            below.erase(below.rfind('/'));
        }
    }
    return found;
}

}  // namespace scoop::base
