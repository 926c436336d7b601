#include "base/usable_cpus.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "base/cpu_set.hpp"

namespace scoop::base {

namespace {

std::optional<double> number_in(const std::optional<std::string>& text) {
    double number = 0;
    if (!text || !(std::istringstream(*text) >> number)) return std::nullopt;
    return number;
}

std::optional<double> quota_of(const Cgroup& cgroup, const ReadFile& read_file) {
    std::optional<double> quota;
    std::optional<double> period;
    const std::string& directory = cgroup.directory;
    if (cgroup.version == Cgroup::Version::v2) {
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

}  // namespace

std::optional<double> cgroup_cpu_quota(const ReadFile& read_file) {
    std::optional<double> least;
    for (const Cgroup& cgroup : own_cgroups("cpu", read_file))
        if (const auto quota = quota_of(cgroup, read_file); quota) least = std::min(least.value_or(*quota), *quota);
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
