// LoginWindow: how many log-ins through one SSH server may be under way at a time.
//
// A server with too many of them closes some before it says a word (sshd_config(5), MaxStartups). Nobody tells us its
// limit, so the window is wide until a connection is closed that way; then it is halved, once for all that were under
// way together, and those that were closed come again. Hosts behind one gateway share its window. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/wakeup.hpp"

namespace scoop::launcher {

class LoginWindow {
public:
    static constexpr std::size_t width_first = 64;

    /// One log-in under way; its end makes room for the next.
    class Place {
    public:
        Place(Place&& other) noexcept;
        Place& operator=(Place&&) = delete;
        ~Place();
        /// The server closed the connection without a word.
        void tell_refused();

    private:
        friend class LoginWindow;
        Place(LoginWindow& window, std::string server, std::uint64_t era)
            : window_(&window), server_(std::move(server)), era_(era) {}

        LoginWindow* window_;  ///< null: moved from
        std::string server_;
        std::uint64_t era_;  ///< how often the window had been halved when it began
    };

    /// Waits until there is room, in the order of asking. Nothing: `stop_fd` became readable before.
    [[nodiscard]] std::optional<Place> enter(const std::string& server, int stop_fd);

    [[nodiscard]] std::size_t width_of(const std::string& server);

private:
    struct Server {
        std::size_t width = width_first;
        std::size_t active = 0;
        std::uint64_t era = 0;
        std::deque<base::Wakeup*> waiting;  ///< of those in enter(), the next one first
    };
    void leave(const std::string& server);
    void narrow(const std::string& server, std::uint64_t era);
    static void wake_next(Server& server);

    std::mutex mutex_;
    std::map<std::string, Server> servers_;
};

}  // namespace scoop::launcher
