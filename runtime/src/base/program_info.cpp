#include "base/program_info.hpp"

#include <elf.h>
#include <link.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstring>
#include <fstream>
#include <utility>

namespace scoop::base {

namespace {

constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// Called by dl_iterate_phdr for the program first, then for its libraries; only the first call is of interest.
int find_build_id(dl_phdr_info* info, std::size_t, void* result) {
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type != PT_NOTE) continue;
        const char* at = reinterpret_cast<const char*>(info->dlpi_addr + segment.p_vaddr);
        const char* end = at + segment.p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            ElfW(Nhdr) header;
            std::memcpy(&header, at, sizeof header);
            const char* name = at + sizeof header;
            const char* content = name + padded(header.n_namesz);
            if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
                constexpr char digits[] = "0123456789abcdef";
                auto& text = *static_cast<std::string*>(result);
                for (std::size_t k = 0; k < header.n_descsz; ++k) {
                    const auto byte = static_cast<unsigned char>(content[k]);
                    text += digits[byte >> 4];
                    text += digits[byte & 15];
                }
                return 1;
            }
            at = content + padded(header.n_descsz);
        }
    }
    return 1;
}

// The CPU quota of the process's cgroup, version 2 then version 1 as seen from inside; 0 when there is none.
double cgroup_quota() {
    std::string quota;
    double period = 0;
    if (std::ifstream file("/sys/fs/cgroup/cpu.max"); file >> quota >> period && quota != "max" && period > 0)
        return std::stod(quota) / period;
    double v1_quota = 0;
    double v1_period = 0;
    std::ifstream quota_file("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    std::ifstream period_file("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (quota_file >> v1_quota && period_file >> v1_period && v1_quota > 0 && v1_period > 0) return v1_quota / v1_period;
    return 0;
}

}  // namespace

std::string build_id() {
    std::string text;
    dl_iterate_phdr(find_build_id, &text);
    return text;
}

std::string architecture() {
    utsname names{};
    return ::uname(&names) == 0 ? names.machine : "unknown";
}

std::string host_name() {
    char name[HOST_NAME_MAX + 1] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::uint32_t usable_cpus() {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    std::uint32_t count = 1;
    if (::sched_getaffinity(0, sizeof mask, &mask) == 0)
        count = static_cast<std::uint32_t>(std::max(1, CPU_COUNT(&mask)));
    else if (const long online = ::sysconf(_SC_NPROCESSORS_ONLN); online > 0)
        count = static_cast<std::uint32_t>(online);
    if (const double quota = cgroup_quota(); quota > 0)
        count = std::min(count, static_cast<std::uint32_t>(std::max(1.0, std::ceil(quota))));
    return count;
}

std::string program_path() {
    std::string path(PATH_MAX, '\0');
    const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
    path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return path;
}

std::vector<std::string> program_arguments() {
    std::vector<std::string> arguments;
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(std::move(argument));
    if (arguments.empty()) arguments.push_back(program_path());
    return arguments;
}

}  // namespace scoop::base
