#include "launcher/plan.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "hostfile/text.hpp"

namespace scoop::launcher {

namespace {

constexpr std::uint64_t workers_per_cpu_max = 64;
constexpr std::uint64_t threads_per_worker = 2;  // compute and comm; the root has one more

/// An IPv6 address, or an IPv4 address in the form ::ffff:a.b.c.d, so that both spellings of one are equal.
using Address = std::array<unsigned char, 16>;

constexpr Address mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t mapped_prefix_size = 12;

std::optional<Address> parse_address(const std::string& text) {
    Address address = mapped_prefix;
    if (::inet_pton(AF_INET, text.c_str(), address.data() + mapped_prefix_size) == 1) return address;
    // A zone only says through which interface a link-local address is reached.
    if (::inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), address.data()) == 1) return address;
    return std::nullopt;
}

bool is_loopback(const Address& address) {
    if (std::memcmp(address.data(), mapped_prefix.data(), mapped_prefix_size) == 0)
        return address[mapped_prefix_size] == 127;
    Address one{};
    one.back() = 1;
    return address == one;
}

bool is_our_address(const std::string& text, const LocalFacts& facts) {
    const auto address = parse_address(text);
    if (!address) return false;
    return is_loopback(*address) || std::any_of(facts.addresses.begin(), facts.addresses.end(),
                                                [&](const auto& ours) { return parse_address(ours) == address; });
}

/// Names compare in any case, with or without the dot of the DNS root at their end.
std::string plain_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    return hostfile::lower_case(name);
}

bool asks_for_ssh(const hostfile::Host& host, const LocalFacts& facts) {
    return host.port || (!host.user.empty() && host.user != facts.user);
}

bool is_local(const hostfile::Host& host, const LocalFacts& facts, const Resolution& resolution) {
    if (asks_for_ssh(host, facts)) return false;
    if (is_own_name(host.name, facts) || is_our_address(host.name, facts)) return true;
    const auto resolved = resolution.find(host.name);
    return resolved != resolution.end() && is_own_address(resolved->second, facts);
}

/// The one local host stands where this machine was named first.
struct NamedHosts {
    std::vector<hostfile::Host> hosts;
    std::optional<std::size_t> local;  ///< position
};

NamedHosts merge_local(const std::vector<hostfile::Host>& hosts, const LocalFacts& facts,
                       const Resolution& resolution) {
    NamedHosts named;
    for (const hostfile::Host& host : hosts) {
        const bool is_ours = is_local(host, facts, resolution);
        if (is_ours && named.local) {
            hostfile::add_mention(named.hosts[*named.local], host);
            continue;
        }
        if (is_ours) named.local = named.hosts.size();
        named.hosts.push_back(host);
    }
    return named;
}

PlannedHost plan_host(hostfile::Host host, bool is_ours, const Options& options, const LocalFacts& facts) {
    PlannedHost planned;
    planned.name = std::move(host.name);
    planned.is_local = is_ours;
    planned.slots = is_ours ? host.slots.value_or(facts.cpus) : host.slots;
    planned.slots_max = host.slots_max;
    planned.has_count = host.slots.has_value();
    planned.tags = std::move(host.tags);
    planned.settings = std::move(host.settings);
    planned.origin = std::move(host.origin);
    if (is_ours) return planned;
    planned.user = host.user.empty() ? options.ssh_user : std::move(host.user);
    planned.port = host.port ? host.port : options.ssh_port;
    return planned;
}

/// Cuts the hosts behind those that surely have slots enough; a host whose CPUs nobody knows yet has at least one.
void leave_out_unneeded(Plan& plan) {
    if (!plan.rules.workers) return;
    std::uint64_t sure_slots = 0;
    std::size_t needed = 0;
    for (; needed < plan.hosts.size() && sure_slots < *plan.rules.workers; ++needed) {
        const std::uint32_t slots = plan.hosts[needed].slots.value_or(1);
        const std::uint32_t usable = std::min(slots, plan.hosts[needed].slots_max.value_or(slots));
        const std::uint32_t most =
            plan.rules.mapping == hostfile::Mapping::by_host ? 1 : plan.rules.per_host.value_or(usable);
        sure_slots += std::min(usable, most);
    }
    for (std::size_t index = needed; index < plan.hosts.size(); ++index)
        plan.idle_hosts.push_back(plan.hosts[index].name);
    plan.hosts.resize(needed);
}

}  // namespace

bool is_own_name(const std::string& name, const LocalFacts& facts) {
    const std::string plain = plain_name(name);
    return plain == "localhost" || std::any_of(facts.names.begin(), facts.names.end(),
                                               [&](const auto& ours) { return plain_name(ours) == plain; });
}

bool is_own_address(const std::vector<std::string>& addresses, const LocalFacts& facts) {
    return std::any_of(addresses.begin(), addresses.end(),
                       [&](const auto& address) { return is_our_address(address, facts); });
}

std::vector<std::string> names_to_resolve(const std::vector<hostfile::Host>& hosts, const LocalFacts& facts) {
    std::vector<std::string> names;
    for (const hostfile::Host& host : hosts)
        if (!asks_for_ssh(host, facts) && !is_own_name(host.name, facts) && !parse_address(host.name))
            names.push_back(host.name);
    return names;
}

Plan make_plan(const Options& options, const std::vector<hostfile::Host>& hosts, const LocalFacts& facts,
               const Resolution& resolution) {
    Plan plan;
    plan.rules.workers = options.workers;
    plan.rules.per_host = options.per_host;
    plan.rules.mapping = options.mapping;
    if (options.oversubscribe || hosts.empty()) plan.rules.oversubscription = hostfile::Oversubscription::allow;
    plan.root_works = options.root_works;
    if (hosts.empty()) {
        hostfile::Host here;
        here.name = facts.names.empty() ? "localhost" : facts.names.front();
        plan.hosts.push_back(plan_host(std::move(here), true, options, facts));
        return plan;
    }
    NamedHosts named = merge_local(hosts, facts, resolution);
    for (std::size_t index = 0; index < named.hosts.size(); ++index)
        plan.hosts.push_back(plan_host(std::move(named.hosts[index]), named.local == index, options, facts));
    leave_out_unneeded(plan);
    return plan;
}

base::Result<void> check_workers_here(const Plan& plan, const Options& options, const LocalFacts& facts) {
    const bool is_alone_here = plan.hosts.size() == 1 && plan.hosts.front().is_local;
    if (!is_alone_here || !plan.rules.workers) return {};
    const std::uint64_t workers = *plan.rules.workers;
    const std::string attempt = "place " + std::to_string(workers) + " workers on this machine";
    if (workers * threads_per_worker > facts.threads_max)
        return base::failure(attempt,
                             "a worker has " + std::to_string(threads_per_worker) + " threads, and you may have " +
                                 std::to_string(facts.threads_max) + " (ulimit -u)",
                             "give fewer with -n, or name hosts with --hosts");
    const bool has_slots_of_list = plan.rules.oversubscription == hostfile::Oversubscription::refuse;
    if (!has_slots_of_list && !options.oversubscribe && workers > workers_per_cpu_max * facts.cpus)
        return base::failure(attempt,
                             "they are more than " + std::to_string(workers_per_cpu_max) + " for each of its " +
                                 std::to_string(facts.cpus) + " CPUs",
                             "give fewer with -n, or --oversubscribe if you mean it");
    return {};
}

base::Result<void> check_slots(const Plan& plan) {
    if (std::any_of(plan.hosts.begin(), plan.hosts.end(), [](const PlannedHost& host) { return !host.slots; }))
        return {};
    Plan copy = plan;
    return place_workers(copy);
}

base::Result<void> place_workers(Plan& plan) {
    std::vector<hostfile::HostSlots> slots;
    for (const PlannedHost& host : plan.hosts) {
        SCOOP_ASSERT(host.slots);
        slots.push_back({host.name, *host.slots, host.slots_max, host.has_count ? host.origin : "its usable CPUs"});
    }
    auto placed = hostfile::place(slots, plan.rules);
    if (!placed) return tl::unexpected(std::move(placed.error()));
    if (!plan.root_works && placed->size() == 1 && placed->front().ranks.size() == 1)
        return base::failure("place 1 worker", "with --root-works no nobody is left to run tasks, give -n 2 or more");

    for (hostfile::HostRanks& host : *placed) plan.hosts[host.host].ranks = std::move(host.ranks);
    std::vector<std::string> idle;
    for (const PlannedHost& host : plan.hosts)
        if (host.ranks.empty()) idle.push_back(host.name);
    plan.idle_hosts.insert(plan.idle_hosts.begin(), idle.begin(), idle.end());
    return {};
}

std::string describe_idle_hosts(const Plan& plan) {
    constexpr std::size_t names_max = 8;
    if (plan.idle_hosts.empty()) return {};
    std::string text = "no worker for ";
    for (std::size_t index = 0; index < std::min(plan.idle_hosts.size(), names_max); ++index)
        text += (index == 0 ? "" : ", ") + plan.idle_hosts[index];
    if (plan.idle_hosts.size() > names_max)
        text += " and " + std::to_string(plan.idle_hosts.size() - names_max) + " more hosts";
    return text + ": the hosts before have slots enough";
}

}  // namespace scoop::launcher
