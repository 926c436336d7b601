// SshProxy: the command that brings us to an SSH server which we cannot reach ourselves (ProxyCommand, ProxyJump).
//
// We start it and not libssh: libssh forks a process of many threads, lets the command write to our terminal and ask
// there, and cannot tell what it said. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "launcher/child_process.hpp"
#include "launcher/start_problem.hpp"

namespace scoop::launcher {

/// What the signs in a ProxyCommand stand for, see TOKENS in ssh_config(5).
struct ProxyTokens {
    std::string host;           ///< %h, after HostName
    std::string original_host;  ///< %n
    std::uint16_t port = 22;    ///< %p
    std::string user;           ///< %r
    std::string home;           ///< %d
};

/// Signs that mean nothing to us stay as they are. Pure.
[[nodiscard]] std::string expand_proxy_command(std::string_view command, const ProxyTokens& tokens);

/// libssh 0.10 makes `ssh -J b,c -W '[%h]:%p' a` of `ProxyJump a,b,c`, which comes to a last; what is returned begins
/// there. Any other command stays as it is. Pure.
[[nodiscard]] std::string with_hops_in_order(const std::string& command);

/// The ssh that libssh makes of a ProxyJump does not know of `config_file`; it is told. Pure.
[[nodiscard]] std::string with_config_file(std::string command, const std::string& config_file);

class SshProxy {
public:
    /// Starts `command`, which a shell reads.
    [[nodiscard]] static StartResult<SshProxy> start(const std::string& command);

    /// Its input and output in one, non-blocking. Once.
    [[nodiscard]] base::UniqueFd take_connection() { return std::move(connection_); }
    /// The end of what it has written to stderr so far.
    [[nodiscard]] std::string said() const;

private:
    SshProxy(ChildProcess process, base::UniqueFd connection, base::UniqueFd errors)
        : process_(std::move(process)), connection_(std::move(connection)), errors_(std::move(errors)) {}

    ChildProcess process_;
    base::UniqueFd connection_;
    base::UniqueFd errors_;  ///< a file without a name, so that the command never waits for us to read it
};

}  // namespace scoop::launcher
