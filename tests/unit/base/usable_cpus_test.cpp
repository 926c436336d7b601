// CPUs by mask and quota, read from recorded files.
#include "base/usable_cpus.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace {

using namespace scoop::base;

using Files = std::map<std::string, std::string>;

std::optional<double> quota_in(const Files& files) {
    return cgroup_cpu_quota([&](const std::string& path) -> std::optional<std::string> {
        const auto file = files.find(path);
        if (file == files.end()) return std::nullopt;
        return file->second;
    });
}

const char* const v2_mount =
    "25 30 0:23 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw\n"
    "35 25 0:30 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
const char* const v1_mount =
    "33 32 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct\n"
    "34 32 0:29 / /sys/fs/cgroup/cpuset rw,relatime shared:16 - cgroup cgroup rw,cpuset\n";

TEST_CASE("a quota of version 2 is that of the own cgroup") {
    CHECK(quota_in({{"/proc/self/mountinfo", v2_mount},
                    {"/proc/self/cgroup", "0::/user.slice/job\n"},
                    {"/sys/fs/cgroup/user.slice/job/cpu.max", "150000 100000\n"}}) == 1.5);
}

TEST_CASE("the least of all cgroups around counts, one without a limit does not") {
    Files files{{"/proc/self/mountinfo", v2_mount},
                {"/proc/self/cgroup", "0::/a/b/c\n"},
                {"/sys/fs/cgroup/a/cpu.max", "300000 100000\n"},
                {"/sys/fs/cgroup/a/b/cpu.max", "50000 25000\n"},
                {"/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n"}};
    CHECK(quota_in(files) == 2);
    files["/sys/fs/cgroup/a/b/c/cpu.max"] = "25000 100000\n";
    CHECK(quota_in(files) == 0.25);
}

TEST_CASE("a container sees its cgroup as the root") {
    CHECK(quota_in({{"/proc/self/mountinfo", v2_mount},
                    {"/proc/self/cgroup", "0::/\n"},
                    {"/sys/fs/cgroup/cpu.max", "50000 100000\n"}}) == 0.5);
    CHECK(quota_in({{"/proc/self/mountinfo", v2_mount},
                    {"/proc/self/cgroup", "0::/../../elsewhere\n"},
                    {"/sys/fs/cgroup/cpu.max", "50000 100000\n"}}) == 0.5);
}

TEST_CASE("a quota of version 1 has two files, and -1 is none") {
    Files files{{"/proc/self/mountinfo", v1_mount},
                {"/proc/self/cgroup", "11:cpuset:/other\n4:cpu,cpuacct:/slurm/job_7\n0::/x\n"},
                {"/sys/fs/cgroup/cpu,cpuacct/slurm/job_7/cpu.cfs_quota_us", "400000\n"},
                {"/sys/fs/cgroup/cpu,cpuacct/slurm/job_7/cpu.cfs_period_us", "100000\n"},
                {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"},
                {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"}};
    CHECK(quota_in(files) == 4);
    files["/sys/fs/cgroup/cpu,cpuacct/slurm/job_7/cpu.cfs_quota_us"] = "-1\n";
    CHECK_FALSE(quota_in(files));
}

TEST_CASE("a container without a namespace mounts a part of the hierarchy") {
    const std::string mount = "33 32 0:28 /docker/abc /sys/fs/cgroup/cpu ro,relatime - cgroup cgroup rw,cpu\n";
    Files files{{"/proc/self/mountinfo", mount},
                {"/proc/self/cgroup", "4:cpu:/docker/abc\n"},
                {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n"},
                {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}};
    CHECK(quota_in(files) == 1);
    files["/proc/self/cgroup"] = "4:cpu:/docker/abc/inner\n";
    files["/sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us"] = "50000\n";
    files["/sys/fs/cgroup/cpu/inner/cpu.cfs_period_us"] = "100000\n";
    CHECK(quota_in(files) == 0.5);
    files["/proc/self/cgroup"] = "4:cpu:/docker/abcdef\n";  // another container's name begins alike
    CHECK(quota_in(files) == 1);
}

TEST_CASE("of both versions side by side the one with a limit counts") {
    CHECK(quota_in({{"/proc/self/mountinfo",
                     std::string(v1_mount) +
                         "41 32 0:36 / /sys/fs/cgroup/unified rw,relatime shared:10 - cgroup2 cgroup2 rw\n"},
                    {"/proc/self/cgroup", "4:cpu,cpuacct:/a\n0::/a\n"},
                    {"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "200000\n"},
                    {"/sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"}}) == 2);
}

TEST_CASE("what cannot be read or understood is no limit") {
    CHECK_FALSE(quota_in({}));
    for (const char* text : {"", "max", "max 100000", "x y", "100000", "100000 0", "-5 100000", "0 100000"}) {
        CAPTURE(text);
        CHECK_FALSE(quota_in(
            {{"/proc/self/mountinfo", v2_mount}, {"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", text}}));
    }
    CHECK_FALSE(quota_in({{"/proc/self/mountinfo", "garbage\n\n- cgroup2"},
                          {"/proc/self/cgroup", "garbage\n0:\n:::\n"},
                          {"/cpu.max", "100000 100000"}}));
}

TEST_CASE("a quota is rounded up, and the mask is never exceeded") {
    CHECK(usable_cpus(8, std::nullopt) == 8);
    CHECK(usable_cpus(8, 1.5) == 2);
    CHECK(usable_cpus(8, 2.0) == 2);
    CHECK(usable_cpus(8, 0.1) == 1);
    CHECK(usable_cpus(2, 16.0) == 2);
    CHECK(usable_cpus(8, 1e300) == 8);
    CHECK(usable_cpus(0, std::nullopt) == 1);
}

}  // namespace
