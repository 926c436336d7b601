// Fuzzes what reads the environment of batch jobs, and the files and the output that it leads to.
//
// The input is lines "NAME=value"; what follows an empty line is in every file and is what every command prints.
// Whatever is accepted is a bounded number of hosts with names as they stand; whatever is refused is refused with a
// sentence.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.hpp"
#include "hostfile/allocation.hpp"
#include "hostfile/hostlist.hpp"

using namespace scoop;

namespace {

constexpr std::size_t looked_at_max = 20;  // of very many hosts

hostfile::JobSources sources_of(std::string_view text) {
    hostfile::JobSources sources;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.empty()) break;
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos)
            sources.variables.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    const std::string rest(text);
    sources.read_file = [rest](const std::string&) -> base::Result<std::string> { return rest; };
    sources.run_command = [rest](const std::vector<std::string>&) -> base::Result<std::string> { return rest; };
    return sources;
}

void check(const base::Result<std::optional<hostfile::Allocation>>& found) {
    if (!found) return fuzz::require(!found.error().sentence().empty());
    if (!*found) return;
    const std::vector<hostfile::Host>& hosts = (*found)->hosts;
    fuzz::require(!hosts.empty() && hosts.size() <= hostfile::mentions_max);
    fuzz::require(!hostfile::describe_allocation(**found).empty());
    for (std::size_t index = 0; index < hosts.size() && index < looked_at_max; ++index) {
        fuzz::require(hosts[index].slots.value_or(1) > 0);
        const auto again = hostfile::parse_host_lists({hosts[index].name});
        fuzz::require(again && again->size() == 1 && again->front().name == hosts[index].name);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const hostfile::JobSources sources = sources_of({reinterpret_cast<const char*>(data), size});
    check(hostfile::find_allocation(sources));
    for (const std::string_view system : hostfile::batch_system_names())
        check(hostfile::find_allocation(sources, system));
    return 0;
}
