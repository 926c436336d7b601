#include "launcher/join_plan.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "hostfile/hostfile.hpp"
#include "hostfile/hostlist.hpp"

namespace scoop::launcher {

base::Result<std::vector<hostfile::Host>> joining_hosts(const JobRequest& request) {
    return request.hostfile.empty() ? hostfile::parse_host_lists(request.hosts)
                                    : hostfile::parse_hostfile(request.hostfile_text, request.hostfile);
}

base::Result<std::vector<JoiningSetup>> plan_join(const JobRequest& request, const Options& options,
                                                  const LocalFacts& facts,
                                                  const std::function<HostSetup(const PlannedHost&)>& set_up) {
    const auto hosts = joining_hosts(request);
    if (!hosts) return tl::unexpected(hosts.error());
    if (hosts->empty()) return base::failure("join a job", "no host is named");
    // Who asks is on this machine too, and has asked the name service.
    Resolution resolution;
    for (const std::string& name : request.own_names) resolution[name] = {"127.0.0.1"};
    Options of_all = options;
    of_all.workers.reset();  // the job's number of workers is that of its start
    std::vector<JoiningSetup> joining;
    for (const PlannedHost& planned : make_plan(of_all, *hosts, facts, resolution).hosts) {
        constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();
        const std::uint32_t most =
            std::min(planned.slots_max.value_or(unlimited), options.per_host.value_or(unlimited));
        joining.push_back({set_up(planned), planned.slots, most});
    }
    return joining;
}

}  // namespace scoop::launcher
