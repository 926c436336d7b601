// SshConnection: one libssh session with one channel, from the name of a host to a running command.
//
// Files whose names begin with ssh_ are the only ones that know libssh. Everything is non-blocking inside, so that each
// step can have a deadline and a stop is heard at once. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "launcher/login_window.hpp"
#include "launcher/notices.hpp"
#include "launcher/start_problem.hpp"
#include "launcher/start_times.hpp"

namespace scoop::launcher {

struct SshTarget {
    std::string host;                        ///< as the user wrote it: may be an alias of ~/.ssh/config
    std::optional<std::string> user;         ///< else as ~/.ssh/config says, else our own name
    std::optional<std::uint16_t> port;       ///< else as ~/.ssh/config says, else 22
    std::string config_file;                 ///< empty: ~/.ssh/config and /etc/ssh/ssh_config
    std::string identity_file;               ///< tried before the others; empty: none
    bool accept_new_host_keys = false;       ///< remember the key of a host that known_hosts does not have
    std::chrono::seconds step_time_max{10};  ///< for each of resolve, connect, key exchange, authentication, command
};

class SshConnection {
public:
    /// `stop_fd` readable: give up. `step` is kept up to date with what is being done, for whoever watches. `logins`
    /// and `notices` are shared by all connections.
    SshConnection(SshTarget target, LoginWindow& logins, Notices& notices, int stop_fd, StepClock& step);
    ~SshConnection();

    /// Goes all the way to a running `command`.
    [[nodiscard]] StartResult<void> open(const std::string& command);

    /// The socket, to poll for reading, and for writing too while wants_write().
    [[nodiscard]] int fd() const;
    [[nodiscard]] bool wants_write() const;

    enum class Stream { output, errors };
    /// Bytes taken into `bytes` (it is cleared first); false at the end of that stream or when the connection broke.
    [[nodiscard]] bool read(Stream stream, std::string& bytes);
    /// How much of `bytes` was taken; less than all when the other side reads slowly. nullopt: the channel is closed.
    [[nodiscard]] std::optional<std::size_t> write(std::string_view bytes);
    void send_end_of_input();
    /// Takes what has come on the socket. Reading does that too, but no longer once both streams have ended, and the
    /// exit status and the end of the channel come after that.
    void take_packets();
    /// The other side has closed the channel, or the connection broke.
    [[nodiscard]] bool is_closed() const;
    /// What the command left behind, once is_closed(); a problem if the connection broke before it ended.
    [[nodiscard]] SessionEnd end() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace scoop::launcher
