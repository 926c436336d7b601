// JobSetup: all that the job loop must know about a job before it begins. A plain value.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "launcher/elf_check.hpp"
#include "launcher/job_core.hpp"
#include "launcher/output_style.hpp"
#include "launcher/ssh_connection.hpp"
#include "launcher/start_command.hpp"
#include "launcher/starter.hpp"
#include "launcher/wrap.hpp"

namespace scoop::launcher {

struct HostSetup {
    std::string name;               ///< as the user wrote it, for messages
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

/// How other hosts reach the root broker.
struct ReachSetup {
    std::string interface;         ///< of this machine, as --interface says; empty: all
    std::uint16_t port_first = 0;  ///< 0: any
    std::uint16_t port_last = 0;
    control::Tunnel tunnel = control::Tunnel::automatic;
};

struct JobSetup {
    std::vector<std::string> arguments;  ///< argv of the root, argv[0] included
    std::vector<HostSetup> hosts;        ///< at least one; the first runs the root
    std::function<base::Result<RanksOfHosts>(const std::vector<std::uint32_t>& cpus)> place;
    std::vector<Wrap> wraps;
    control::BindTo bind_to = control::BindTo::none;
    bool root_works = true;
    OnHostFailure on_host_failure = OnHostFailure::end_job;
    bool is_check = false;  ///< only looks at the hosts; place is not asked
    bool respawn = false;
    bool passes_input = true;  ///< our stdin goes to the root
    OutputStyle output;
    Level level = Level::note;  ///< what is said
    std::chrono::duration<double> start_timeout{30};
    std::optional<std::chrono::duration<double>> timeout;
    std::chrono::duration<double> stop_grace{5};
    std::uint64_t stack_bytes = 0;
    ReachSetup reach;
};

}  // namespace scoop::launcher
