// Fuzzes what reads the user's host lists and hostfiles.
//
// Whatever is accepted names a bounded number of hosts, each of which is understood again as that very host; whatever
// is refused is refused with a sentence.
#include <string>
#include <string_view>
#include <vector>

#include "fuzz.hpp"
#include "hostfile/exclusion.hpp"
#include "hostfile/hostfile.hpp"
#include "hostfile/hostlist.hpp"

using namespace scoop;

namespace {

constexpr std::size_t looked_at_max = 20;  // of very many hosts

void check(const base::Result<std::vector<hostfile::Host>>& hosts) {
    if (!hosts) return fuzz::require(!hosts.error().sentence().empty());
    fuzz::require(hosts->size() <= hostfile::mentions_max);
    for (std::size_t index = 0; index < hosts->size() && index < looked_at_max; ++index) {
        const hostfile::Host& host = (*hosts)[index];
        fuzz::require(!host.name.empty() && host.slots.value_or(1) > 0);
        const bool is_address = host.name.find(':') != std::string::npos;
        const std::string text =
            (host.user.empty() ? "" : host.user + "@") + (is_address ? "[" + host.name + "]" : host.name);
        const auto again = hostfile::parse_host_lists({text});
        fuzz::require(again && again->size() == 1 && again->front().name == host.name &&
                      again->front().user == host.user);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check(hostfile::parse_host_lists({text}));
    check(hostfile::parse_hostfile(text, "hosts"));
    if (const auto excluded = hostfile::parse_exclusions({text}); excluded && !excluded->empty())
        fuzz::require(!hostfile::exclude_hosts({excluded->front()}, *excluded));
    return 0;
}
