// SshPump: carries bytes between an SSH channel and descriptors until both have ended. Runs on the session's thread.
//
// The control channel has flow control: what the job loop does not take stays in the SSH window. stderr has none, it
// shares that window: what nobody takes is dropped.
#pragma once

#include <string>
#include <utility>

#include "launcher/ssh_connection.hpp"

namespace scoop::launcher {

class SshPump {
public:
    struct Fds {
        int channel;  ///< both ways, non-blocking
        int errors;   ///< to write, non-blocking
        int stop;     ///< readable: leave at once
    };
    /// `first_input` goes to the command before anything else.
    SshPump(SshConnection& connection, Fds fds, std::string first_input)
        : connection_(connection), fds_(fds), to_host_(std::move(first_input)) {}

    /// Returns when the channel is closed, or at once when told to stop. Closing the other end of Fds::channel ends the
    /// command's input; what the command still says is then thrown away.
    void run();

private:
    bool carry_up();
    bool carry_errors();
    bool carry_down();
    [[nodiscard]] bool is_over() const;
    void wait();

    SshConnection& connection_;
    Fds fds_;
    std::string to_host_;
    std::string from_host_;
    std::string scratch_;
    bool is_local_end_open_ = true;
    bool is_end_of_input_sent_ = false;
    bool is_output_open_ = true;
    bool is_errors_open_ = true;
};

}  // namespace scoop::launcher
