// Fuzzes what reads files and texts of the system: headers of executables, cgroups, endpoints, tables of mounts; the
// user's SSH configuration, with what ssh says of it, key files and agents.
//
// The first byte chooses. Of a file the reader gets what it asks for, as from a disk.
#include <optional>
#include <string>

#include "base/usable_cpus.hpp"
#include "fuzz.hpp"
#include "launcher/agent_key.hpp"
#include "launcher/elf_check.hpp"
#include "launcher/ssh_doubts.hpp"
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

// The parts end with a zero byte: what is included, what ssh prints, and the configuration.
void check_ssh_config(fuzz::Input& input) {
    const launcher::SshConfigFile included{"i", std::string(input.until('\0'))};
    const std::string printed(input.until('\0'));
    const auto settings = launcher::parse_ssh_settings(printed, "/home");
    std::size_t budget = 8;  // of files that include each other
    const launcher::FindSshConfigs find = [&](const std::string&) {
        return budget == 0 ? std::vector<launcher::SshConfigFile>{}
                           : std::vector<launcher::SshConfigFile>(--budget % 2 + 1, included);
    };
    const auto lines = launcher::lines_for_host({"c", std::string(input.rest())}, "node1", find);
    const auto doubts = launcher::doubts_of(lines, settings);
    fuzz::require(doubts.size() <= lines.size());
    fuzz::require(doubts.empty() || launcher::must_ask_ssh(lines));
}

void check_keys(std::string_view bytes) {
    const std::string key = launcher::key_file_bytes(bytes);
    fuzz::require(key.size() <= bytes.size());
    fuzz::require(launcher::plain_key(bytes).size() <= bytes.size());
    for (const std::string& one : launcher::keys_in_answer(bytes)) {
        fuzz::require(!one.empty());
        (void)launcher::signing_with(bytes, one, key);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    switch (input.byte() % 5) {
        case 0: check_executable(input.rest()); break;
        case 1: check_cgroups(input); break;
        case 2: check_endpoint(std::string(input.rest())); break;
        case 3: check_ssh_config(input); break;
        default: check_keys(input.rest());
    }
    return 0;
}
