#include "launcher/ssh_proxy.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "launcher/command_words.hpp"

namespace scoop::launcher {

namespace {

constexpr off_t said_size_max = 2048;

constexpr std::string_view target_words = " -W '[%h]:%p' ";

StartProblem proxy_problem(const base::Failure& failure) { return problem_of("proxy", failure); }

// Takes " -l VALUE" off the front.
std::string take_option(std::string_view& text, std::string_view option) {
    if (!text.starts_with(option)) return {};
    text.remove_prefix(option.size());
    const std::string value(text.substr(0, text.find(' ')));
    text.remove_prefix(value.size());
    return value;
}

}  // namespace

std::string expand_proxy_command(std::string_view command, const ProxyTokens& tokens) {
    std::string expanded;
    for (std::size_t k = 0; k < command.size(); ++k) {
        const char sign = command[k] == '%' && k + 1 < command.size() ? command[k + 1] : '\0';
        switch (sign) {
            case 'h': expanded += tokens.host; break;
            case 'n': expanded += tokens.original_host; break;
            case 'p': expanded += std::to_string(tokens.port); break;
            case 'r': expanded += tokens.user; break;
            case 'd': expanded += tokens.home; break;
            case '%': expanded += '%'; break;
            default: expanded += command[k]; continue;
        }
        ++k;
    }
    return expanded;
}

std::string with_hops_in_order(const std::string& command) {
    constexpr std::string_view program = "ssh";
    std::string_view rest = command;
    if (!rest.starts_with(program)) return command;
    rest.remove_prefix(program.size());
    const std::string user = take_option(rest, " -l ");
    const std::string port = take_option(rest, " -p ");
    const std::string others = take_option(rest, " -J ");
    if (others.empty() || !rest.starts_with(target_words)) return command;
    std::string first(rest.substr(target_words.size()));
    if (first.find(' ') != std::string::npos) return command;
    if (first.find(':') != std::string::npos) first = "[" + first + "]";
    const std::string hops = (user.empty() ? "" : user + "@") + first + (port.empty() ? "" : ":" + port) + "," + others;
    const std::size_t last = hops.rfind(',');
    return "ssh -J " + hops.substr(0, last) + std::string(target_words) + "ssh://" + hops.substr(last + 1);
}

std::string with_config_file(std::string command, const std::string& config_file) {
    constexpr std::string_view program = "ssh ";
    if (config_file.empty() || !command.starts_with(program)) return command;
    return command.insert(program.size(), "-F " + shell_quoted(config_file) + " ");
}

StartResult<SshProxy> SshProxy::start(const std::string& command) {
    auto pair = base::make_socket_pair();
    if (!pair) return tl::unexpected(proxy_problem(pair.error()));
    if (auto done = base::set_nonblocking(pair->first.get()); !done) return tl::unexpected(proxy_problem(done.error()));
    base::UniqueFd errors(::memfd_create("scoop-proxy", MFD_CLOEXEC));
    if (!errors) return tl::unexpected(proxy_problem(base::system_failure("keep what the proxy says").value()));

    ChildRequest request;
    request.words = {"/bin/sh", "-c", "exec " + command};
    request.environment = environment_without_role();
    request.descriptors = {
        {pair->second.get(), STDIN_FILENO}, {pair->second.get(), STDOUT_FILENO}, {errors.get(), STDERR_FILENO}};
    // Away from our terminal: several commands that ask there at the same time could not be answered.
    request.has_own_session = true;
    auto process = ChildProcess::start(request);
    if (!process)
        return tl::unexpected(StartProblem{"proxy", std::string("start /bin/sh: ") + std::strerror(process.error()),
                                           "is this machine all right?"});
    return SshProxy(std::move(*process), std::move(pair->first), std::move(errors));
}

std::string SshProxy::said() const {
    struct stat file {};
    if (::fstat(errors_.get(), &file) != 0) return {};
    std::string text(static_cast<std::size_t>(std::min(file.st_size, said_size_max)), '\0');
    const auto count = ::pread(errors_.get(), text.data(), text.size(), file.st_size - static_cast<off_t>(text.size()));
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return text;
}

}  // namespace scoop::launcher
