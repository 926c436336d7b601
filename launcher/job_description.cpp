#include "launcher/job_description.hpp"

#include <unistd.h>

#include <utility>

namespace scoop::launcher {

namespace {

constexpr std::chrono::seconds silence_never{1'000'000'000};

}  // namespace

control::JobDescription describe_job(const JobSetup& setup, const RanksOfHosts& ranks, base::HostIndex host,
                                     bool runs_root_here) {
    const HostSetup& place = setup.hosts[host];
    control::JobDescription job;
    job.host = host;
    for (std::size_t k = 0; k < setup.hosts.size(); ++k)
        job.hosts.push_back(
            {setup.hosts[k].name, setup.is_check ? std::vector<base::Rank>{} : ranks[k], setup.hosts[k].tags});
    job.tunnel = setup.reach.tunnel;
    job.working_directory = place.working_directory;
    job.arguments = setup.arguments;
    job.environment = place.environment;
    for (const base::Rank rank : ranks[host])
        if (auto command = wrapper_of(setup.wraps, rank); !command.empty())
            job.wrapped.push_back({rank, std::move(command)});
    job.nice = place.nice;
    job.bind_to = setup.bind_to;
    job.root_works = setup.root_works;
    job.spins = setup.spins;
    job.respawn = setup.respawn;
    const bool shows_output = runs_root_here && setup.output.is_transparent();
    job.terminal_input = runs_root_here && setup.passes_input && ::isatty(STDIN_FILENO) != 0;
    job.terminal_output = shows_output && ::isatty(STDOUT_FILENO) != 0;
    job.terminal_error = shows_output && ::isatty(STDERR_FILENO) != 0;
    job.heartbeat_seconds = std::chrono::duration<double>(heartbeat_interval).count();
    // The end of the channel tells a node of this machine that we have ended, however long somebody keeps us stopped.
    job.silence_seconds = std::chrono::duration<double>(place.is_local ? silence_never : silence_max).count();
    job.stop_grace_seconds = setup.stop_grace.count();
    job.stack_bytes = setup.stack_bytes;
    return job;
}

}  // namespace scoop::launcher
