// Mail: what workers tell each other beside tasks, by rank: calls that must run on one worker, constants, shared
// values, bounds. Each service registers for its subjects before the job starts; what comes in is read on the comm
// thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "worker/comm.hpp"

namespace scoop::worker {

/// The numbers are those of the wire.
enum class Subject : std::uint8_t {
    call = protocol::Post::call,      ///< run this task on the receiver, and nowhere else; its arguments are the value
    called = protocol::Post::called,  ///< its result
    constant_set,                     ///< to the root: a name and its value
    constant_was_set,                 ///< from the root: whether it was the first
    constant_wanted,                  ///< to the root: tell me this constant, now or when it is set
    constant_value,                   ///< from the root
    held,          ///< to the owner of a shared object: this process has handles, or has none any more
    wanted,        ///< to its owner, or who keeps it on this host: send me the value
    value,         ///< the value
    gone,          ///< from its owner, to all who have held it or were sent the value: it will not be asked for again
    better,        ///< a better bound, to the owner of a Best and from there to those who hold it
    started,       ///< to the owner of tasks: the sender runs them
    waits_asked,   ///< to who runs tasks: what do they wait for?
    waits_told,    ///< what they wait for
    circle_found,  ///< to a worker whose tasks wait in a circle with those of others
    count_,
};

class Mail final : public MailReader {
public:
    using Handler = std::function<void(base::Rank from, std::string&& content, protocol::Bytes&& value)>;
    using DownHandler = std::function<void(const protocol::RanksDown& down)>;
    using UpHandler = std::function<void(base::Rank rank)>;
    using JoinedHandler = std::function<void(const protocol::HostJoined& joined)>;

    /// Before the job starts. Handlers are short and never wait.
    void on(Subject subject, Handler handler) { handlers_[static_cast<std::size_t>(subject)] = std::move(handler); }
    void on_down(DownHandler handler) { down_handlers_.push_back(std::move(handler)); }
    void on_up(UpHandler handler) { up_handlers_.push_back(std::move(handler)); }
    void on_joined(JoinedHandler handler) { joined_handlers_.push_back(std::move(handler)); }
    /// `comm`: null in a job of one. Outlives every send.
    void connect(const control::WorkerConfig& config, Comm* comm);

    /// Any thread. A number for a question, which the answer repeats: no process that had this rank before took it.
    [[nodiscard]] std::uint64_t take_number() { return next_number_.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] base::Rank own_rank() const { return own_rank_; }
    /// Any thread. To the own rank it is read here and now. To one that is gone it is lost.
    void send(base::Rank to, Subject subject, std::string content, protocol::Bytes value = {});

    void on_post(base::Rank from, std::uint8_t subject, std::string&& content, protocol::Bytes&& value) override;
    void on_ranks_down(const protocol::RanksDown& down) override;
    void on_rank_up(base::Rank rank) override;
    void on_host_joined(const protocol::HostJoined& joined) override;

private:
    base::Rank own_rank_ = 0;
    Comm* comm_ = nullptr;
    std::atomic<std::uint64_t> next_number_{0};
    std::array<Handler, static_cast<std::size_t>(Subject::count_)> handlers_;
    std::vector<DownHandler> down_handlers_;
    std::vector<UpHandler> up_handlers_;
    std::vector<JoinedHandler> joined_handlers_;
};

}  // namespace scoop::worker
