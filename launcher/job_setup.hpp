// JobSetup: all that the job loop must know about a job before it begins. A plain value.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/cpu_topology.hpp"
#include "base/failure.hpp"
#include "launcher/elf_check.hpp"
#include "launcher/job_core.hpp"
#include "launcher/job_request.hpp"
#include "launcher/output_style.hpp"
#include "launcher/reach.hpp"
#include "launcher/ssh_connection.hpp"
#include "launcher/start_command.hpp"
#include "launcher/starter.hpp"
#include "launcher/wrap.hpp"

namespace scoop::launcher {

struct HostSetup {
    std::string name;               ///< as the user wrote it, for messages
    std::string origin;             ///< where: "hosts.txt:3"; empty: nowhere
    bool is_local = false;          ///< this machine
    std::vector<std::string> tags;  ///< what it has and tasks may need
    SshTarget ssh;                  ///< of another one
    StarterCommand starter;         ///< of another one too; without words libssh starts the node
    NodeStart start;
    FileFacts program_facts;               ///< of the file at the program's path on this machine
    std::string working_directory;         ///< empty: where its node starts
    std::vector<std::string> environment;  ///< "NAME=value", added to its node's
    std::uint32_t nice = 0;                ///< steps by which the priority of its workers is lower
};

/// A host that is to join.
struct JoiningSetup {
    HostSetup setup;
    std::optional<std::uint32_t> slots;  ///< none: as many as its node tells CPUs
    std::uint32_t workers_max = 0;       ///< whatever its slots
};

struct JobSetup {
    std::vector<std::string> arguments;  ///< argv of the root, argv[0] included
    std::deque<HostSetup> hosts;         ///< at least one; the first runs the root. Those that join come behind
    std::function<base::Result<RanksOfHosts>(const std::vector<std::uint32_t>& cpus)> place;
    /// The hosts that are to join the running job.
    std::function<base::Result<std::vector<JoiningSetup>>(const JobRequest& request)> plan_join;
    std::vector<Wrap> wraps;
    std::optional<base::CpuUnit> bind_to;
    bool root_works = true;
    OnHostFailure on_host_failure = OnHostFailure::end_job;
    bool is_check = false;  ///< only looks at the hosts; place is not asked
    bool timing = false;    ///< says how long the start took
    bool respawn = false;
    bool passes_input = true;  ///< our stdin goes to the root
    OutputStyle output;
    Level level = Level::note;  ///< what is said
    std::chrono::duration<double> start_timeout{30};
    std::optional<std::chrono::duration<double>> timeout;
    std::chrono::duration<double> stop_grace{5};
    std::uint64_t stack_bytes = 0;
    bool spins = false;
    ReachSetup reach;
};

}  // namespace scoop::launcher
