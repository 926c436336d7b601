// Fuzzes what reads files and texts of the system: headers of executables, cgroups, endpoints, tables of mounts.
//
// The first byte chooses. Of a file the reader gets what it asks for, as from a disk.
#include <optional>
#include <string>

#include "base/usable_cpus.hpp"
#include "fuzz.hpp"
#include "launcher/elf_check.hpp"
#include "node/address_probe.hpp"

using namespace scoop;

namespace {

void check_executable(std::string_view file) {
    (void)launcher::inspect_program_file([file](std::uint64_t offset, std::size_t size) {
        fuzz::require(size <= std::size_t{64} << 20);
        return offset > file.size() ? "" : std::string(file.substr(offset, size));
    });
}

// The parts end with a zero byte: the groups of the process, its mounts, and what every other file has in it.
void check_cgroups(fuzz::Input& input) {
    const std::string groups(input.until('\0'));
    const std::string mounts(input.until('\0'));
    const std::string rest(input.rest());
    const auto quota = base::cgroup_cpu_quota([&](const std::string& path) -> std::optional<std::string> {
        if (path == "/proc/self/cgroup") return groups;
        return path == "/proc/self/mountinfo" ? mounts : rest;
    });
    fuzz::require(base::usable_cpus(4, quota) >= 1);
}

void check_endpoint(const std::string& text) {
    if (const auto endpoint = node::parse_tcp_endpoint(text))
        fuzz::require(node::parse_tcp_endpoint(node::to_text(*endpoint)) == endpoint);
    fuzz::require(node::probe_candidates({text, "tcp://10.0.0.1:4000"}, text).size() <= 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.byte() % 3) {
        case 0: check_executable(input.rest()); break;
        case 1: check_cgroups(input); break;
        default: check_endpoint(std::string(input.rest()));
    }
    return 0;
}
