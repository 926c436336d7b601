#include "launcher/local_session.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/program_info.hpp"
#include "base/search_path.hpp"
#include "base/stage_directory.hpp"
#include "launcher/program_file.hpp"
#include "launcher/stage_script.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

namespace {

std::string variable_or(const char* name, std::string_view fallback) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : std::string(fallback);
}

std::string setup_shell() {
    const std::string own = variable_or("SHELL", "");
    return local_setup_shell(::access(own.c_str(), X_OK) == 0 ? own : "",
                             base::find_in_path("bash", variable_or("PATH", base::search_path_default)));
}

void prepend_to_library_path(std::vector<std::string>& environment, const std::string& directory) {
    const std::string variable = "LD_LIBRARY_PATH=";
    const auto old = std::find_if(environment.begin(), environment.end(),
                                  [&](const std::string& one) { return one.starts_with(variable); });
    if (old == environment.end())
        environment.push_back(variable + directory);
    else
        *old = variable + directory + (*old == variable ? "" : ":" + old->substr(variable.size()));
}

// The terminal where ours are the terminal. The ends are above 4 (see start), so no copy overwrites an original.
ChildRequest request_for(const NodeStart& node, const StageLinks& links, int node_read, int node_write) {
    ChildRequest request;
    request.words = make_local_start(node, base::architecture(), setup_shell());
    request.environment = environment_without_role();
    // A set-up must not take the role for its own; the shell that runs it sets it afterwards.
    if (node.setup.empty()) request.environment.push_back(std::string(control::role_variable) + "=node");
    if (const std::string& directory = links.directory(); !directory.empty()) {
        const std::string variable = std::string(base::stage_variable) + "=";
        std::erase_if(request.environment, [&](const auto& one) { return one.starts_with(variable); });
        request.environment.push_back(variable + directory);
        request.environment.push_back(std::string(base::stage_owner_variable) + "=" + directory);
        if (has_library(node.stage)) prepend_to_library_path(request.environment, directory);
    }
    request.has_empty_input = ::isatty(STDIN_FILENO) == 0;
    if (::isatty(STDOUT_FILENO) == 0) request.descriptors.emplace_back(STDERR_FILENO, STDOUT_FILENO);
    request.descriptors.emplace_back(node_read, control::node_read_fd);
    request.descriptors.emplace_back(node_write, control::node_write_fd);
    return request;
}

StartProblem program_problem(const base::Failure& failure) { return problem_of("program", failure); }

}  // namespace

StartResult<std::unique_ptr<LocalSession>> LocalSession::start(const NodeStart& node) {
    auto down = base::make_pipe();
    if (!down) return tl::unexpected(program_problem(down.error()));
    auto up = base::make_pipe();
    if (!up) return tl::unexpected(program_problem(up.error()));
    auto node_read = base::move_above(std::move(down->first), control::node_write_fd);
    auto node_write = base::move_above(std::move(up->second), control::node_write_fd);
    if (!node_read) return tl::unexpected(program_problem(node_read.error()));
    if (!node_write) return tl::unexpected(program_problem(node_write.error()));
    for (const int fd : {down->second.get(), up->first.get()})
        if (auto done = base::set_nonblocking(fd); !done) return tl::unexpected(program_problem(done.error()));

    auto links = StageLinks::make(node);
    if (!links) return tl::unexpected(problem_of("stage", std::move(links.error())));
    const ChildRequest request = request_for(node, *links, node_read->get(), node_write->get());
    auto process = ChildProcess::start(request);
    if (!process) {
        const std::string& program = request.words.front();
        return tl::unexpected(
            diagnose_spawn(program, facts_of_program(program), base::architecture(), process.error()));
    }
    return std::unique_ptr<LocalSession>(
        new LocalSession(std::move(*links), std::move(*process), std::move(up->first), std::move(down->second)));
}

SessionEnd LocalSession::end() {
    if (const auto status = process_.wait()) end_.wait_status = *status;
    return end_;
}

void LocalSession::close() {
    to_node_.reset();
    from_node_.reset();
}

void LocalSession::kill() {
    close();
    // A node would end what is below it; a script that never became one leaves that to us.
    process_.signal_all(SIGKILL);
}

}  // namespace scoop::launcher
