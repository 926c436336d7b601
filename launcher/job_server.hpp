// JobServer: the private socket of a job, by which other scoop-runs of the same user ask about it. One thread.
//
// The socket has no name in any directory: it is reached through a descriptor of this process, /proc/PID/fd/N, where
// the kernel lets nobody else in. So it is found whatever TMPDIR is, and goes with this process however that ends.
//
// Nobody on the other side can make us wait: a client has a moment to say what it asks and another one to take the
// answer, what it says is bounded, and so is the number of clients. Between the two it may wait for as long as what it
// asked for takes, which ends when it hangs up.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/poll_set.hpp"
#include "base/unique_fd.hpp"
#include "base/write_queue.hpp"
#include "launcher/job_request.hpp"

namespace scoop::launcher {

/// What the link of that descriptor ends with.
inline constexpr std::string_view job_socket_end = "/scoop-control (deleted)";

class JobServer {
public:
    static constexpr std::size_t clients_max = 16;
    /// For a client to say what it asks, and to take the answer.
    static constexpr std::chrono::seconds client_time_max{5};

    using ClientId = std::uint64_t;
    struct Asked {
        ClientId client;
        JobRequest request;
    };

    [[nodiscard]] base::Result<void> open();

    void watch(base::PollSet& poll_set);
    /// What was asked since the last call. Every one is to be answered once.
    [[nodiscard]] std::vector<Asked> take_asked();
    /// Nothing happens if the client has gone.
    void answer(ClientId client, const JobAnswer& answer);

    /// Hangs up on who takes too long.
    void on_time(base::TimePoint now);
    [[nodiscard]] base::TimePoint next_deadline() const;

private:
    struct Client {
        base::UniqueFd fd;
        std::string request;  ///< as far as it has come
        base::WriteQueue answer;
        std::optional<base::TimePoint> deadline;  ///< none: it waits for us
    };

    void on_connection();
    void on_ready(ClientId id);
    void read_from(ClientId id, Client& client);
    void drop(ClientId id) { clients_.erase(id); }

    base::UniqueFd listener_;
    base::UniqueFd name_;  ///< by which others reach it
    std::map<ClientId, Client> clients_;
    std::vector<Asked> asked_;
    ClientId last_id_ = 0;
    std::optional<base::TimePoint> accepts_again_at_;  ///< when this process had no descriptor left
};

}  // namespace scoop::launcher
