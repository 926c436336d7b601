// The node process: takes over what the guardian prepared and runs the loop.
#include "node/node.hpp"

#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>

#include "base/program_info.hpp"
#include "node/node_loop.hpp"
#include "node/process_setup.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

namespace {

constexpr int status_internal_error = 125;

base::Result<int> run_loop(std::vector<std::string> tasks) {
    if (auto prepared = prepare_descriptors(); !prepared) return tl::unexpected(prepared.error());
    auto lifeline = NodeLifeline::take();
    if (!lifeline) return tl::unexpected(lifeline.error());
    become_subreaper();
    auto signals =
        take_signals({SIGCHLD, SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGXCPU});
    if (!signals) return tl::unexpected(signals.error());
    for (const int fd : {control::node_read_fd, control::node_write_fd})
        if (auto done = base::set_nonblocking(fd); !done) return tl::unexpected(done.error());
    ControlChannel channel{base::UniqueFd(control::node_read_fd), base::UniqueFd(control::node_write_fd)};
    auto arguments = base::program_arguments();
    arguments.erase(arguments.begin());
    NodeLoop loop(std::move(channel), std::move(*lifeline), std::move(*signals), std::move(tasks),
                  std::move(arguments));
    return loop.run();
}

}  // namespace

void run_node(std::vector<std::string> tasks) {
    const auto status = run_loop(std::move(tasks));
    if (!status) say_on_stderr(status.error().sentence());
    // Not exit: destructors of the user's static objects belong to the user's program, which does not run here.
    ::_exit(status ? *status : status_internal_error);
}

}  // namespace scoop::node
