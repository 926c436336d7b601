// HostLink: one host as the job loop handles it: its session, what it says, what waits to be sent. One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/poll_set.hpp"
#include "base/write_queue.hpp"
#include "launcher/node_stream.hpp"
#include "launcher/session.hpp"
#include "launcher/stager.hpp"

namespace scoop::launcher {

/// Whom a link tells what has happened. May send and close, but not destroy the link.
class LinkListener {
public:
    virtual void on_message(std::size_t link, const control::Message& message) = 0;
    virtual void on_host_errors(std::size_t link, std::string_view bytes) = 0;
    /// Files are being copied there, and more has gone out.
    virtual void on_staging(std::size_t link) = 0;
    /// Which has failed, or which is done.
    virtual void on_stage_problem(std::size_t link, const StartProblem& problem) = 0;
    virtual void on_staged(std::size_t link, const std::string& what) = 0;
    /// The control channel has ended, the session not yet.
    virtual void on_closed(std::size_t link) = 0;
    /// What came is not a node of ours.
    virtual void on_violation(std::size_t link, const base::Failure& failure) = 0;
    /// The session is over.
    virtual void on_gone(std::size_t link) = 0;

protected:
    ~LinkListener() = default;
};

/// How a session is begun anew that ended before a shell of the host spoke.
struct Restart {
    std::function<std::unique_ptr<Session>()> start;
    std::function<bool(const StartEvidence&)> is_worth_it;
};

class HostLink {
public:
    /// `index` is what the listener gets to know it by. With `stager` the host gets files before it becomes a node.
    HostLink(std::size_t index, std::unique_ptr<Session> session, std::unique_ptr<Stager> stager,
             LinkListener& listener, std::optional<Restart> restart = std::nullopt);

    /// When on_time() is to be called at the latest.
    [[nodiscard]] base::TimePoint next_deadline() const { return restart_at_.value_or(base::TimePoint::max()); }
    void on_time(base::TimePoint now);

    /// Asks for what is awaited from the host in this turn.
    void watch(base::PollSet& poll_set);
    /// Queued, and written as far as possible by the next flush(). Heartbeats go first.
    void send(control::FrameType type, std::string_view payload = {});
    void flush();
    void close();
    void kill();

    [[nodiscard]] bool is_gone() const { return is_gone_; }
    [[nodiscard]] std::string step() const { return session_->step(); }
    /// How long the steps took up to now; the last one is "program".
    [[nodiscard]] std::vector<StepTime> step_times() const;
    /// What it knows for a diagnosis.
    [[nodiscard]] StartEvidence evidence() const;
    /// Once it is gone.
    [[nodiscard]] SessionEnd end() { return session_->end(); }

private:
    void on_readable();
    /// False when there was nothing.
    bool read_errors();
    void on_over();
    void read_messages();
    void read_stage_lines();
    /// Sends the host the next piece of a file once it has taken what came before.
    void copy_on();
    void begin(std::unique_ptr<Session> session);
    [[nodiscard]] bool may_restart() const { return restart_ && starts_ < starts_max && !stream_.has_shell(); }
    void plan_restart();
    void be_gone();

    static constexpr int starts_max = 8;

    std::size_t index_;
    std::unique_ptr<Session> session_;
    std::unique_ptr<Stager> stager_;  ///< null: nothing is copied
    LinkListener& listener_;
    std::optional<Restart> restart_;  ///< none, once it has been closed
    int starts_ = 0;
    base::TimePoint begun_at_ = base::Clock::now();
    std::optional<base::TimePoint> restart_at_;
    NodeStream stream_;
    base::WriteQueue queue_;
    std::string errors_;    ///< the end of what came on stderr
    bool is_open_ = false;  ///< the channel, as far as we know
    bool has_errors_open_ = false;
    bool is_over_ = false;  ///< the session's process or thread has ended
    bool is_gone_ = false;  ///< and nothing more can come
};

}  // namespace scoop::launcher
