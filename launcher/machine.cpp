#include "launcher/machine.hpp"

#include <poll.h>
#include <pwd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/addresses.hpp"
#include "base/clock.hpp"
#include "base/descriptor_limit.hpp"
#include "base/program_info.hpp"
#include "base/usable_cpus.hpp"
#include "launcher/name_lookup.hpp"
#include "launcher/output_files.hpp"
#include "launcher/tcp_connect.hpp"

namespace scoop::launcher {

namespace {

constexpr std::size_t lookups_at_once_max = 32;
// A session over SSH has eight; while it logs in, and with a command in between, there are some more.
constexpr std::size_t descriptors_per_host = 12;
constexpr std::size_t descriptors_of_launcher = 32;
constexpr std::size_t descriptors_spare = 64 + OutputFiles::open_max;
// For connections of strangers to the root broker's port (transport/gate_watch).
constexpr std::size_t descriptors_for_strangers = 1024;

}  // namespace

LocalFacts local_facts() {
    LocalFacts facts;
    facts.names.push_back(base::host_name());
    facts.names.push_back(facts.names.front().substr(0, facts.names.front().find('.')));
    for (auto& address : base::interface_addresses()) facts.addresses.push_back(std::move(address.text));
    facts.cpus = base::usable_cpus();
    rlimit limit{};
    // The limit does not hold for root (setrlimit(2)).
    if (::geteuid() != 0 && ::getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        facts.threads_max = limit.rlim_cur;
    if (const passwd* entry = ::getpwuid(::geteuid()); entry != nullptr) facts.user = entry->pw_name;
    return facts;
}

Resolution resolve_names(const std::vector<std::string>& names, std::chrono::milliseconds time_max) {
    Resolution resolution;
    const auto deadline = base::Clock::now() + time_max;
    for (std::size_t first = 0; first < names.size(); first += lookups_at_once_max) {
        const std::size_t end = std::min(names.size(), first + lookups_at_once_max);
        std::vector<NameLookup> lookups;
        for (std::size_t k = first; k < end; ++k) lookups.emplace_back(names[k], std::uint16_t{0});
        for (std::size_t k = first; k < end; ++k) {
            const NameLookup& lookup = lookups[k - first];
            if (wait_until(lookup.fd(), POLLIN, -1, deadline) != Waited::ready) continue;
            if (const auto addresses = lookup.result())
                for (const auto& address : *addresses)
                    resolution[names[k]].push_back(base::numeric_text(address.get()));
        }
        if (base::Clock::now() >= deadline) break;
    }
    return resolution;
}

base::Result<void> make_room_for_hosts(std::size_t hosts) {
    const std::size_t needed = hosts * descriptors_per_host + descriptors_of_launcher;
    const std::size_t allowed = base::raise_descriptor_limit(needed + descriptors_spare + descriptors_for_strangers);
    if (allowed >= needed) return {};
    return base::failure("reach " + std::to_string(hosts) + " hosts",
                         "scoop-run needs " + std::to_string(needed) + " open files, and a process may have " +
                             std::to_string(allowed) + " here (ulimit -Hn)",
                         "name fewer hosts, or let the administrator raise the limit");
}

}  // namespace scoop::launcher
