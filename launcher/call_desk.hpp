// CallDesk: where nodes call back whose starter gives them no channel (node/caller). One for a job.
//
//   job loop ── socket, pipe ── CallDesk: Relay ══ ZeroMQ with CURVE ══ caller: Relay ── socket, pipe ── node
//
// It has a thread of its own and a port, from the first expect() on. Only who has the keys of this desk is let in, and
// only a token that is expected is listened to, once. Its functions are for the job loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/failure.hpp"
#include "base/poll_set.hpp"
#include "base/unique_fd.hpp"
#include "launcher/reach.hpp"

namespace scoop::launcher {

class CallDesk {
public:
    explicit CallDesk(ReachSetup reach);
    ~CallDesk();
    CallDesk(const CallDesk&) = delete;
    CallDesk& operator=(const CallDesk&) = delete;

    /// A call that may come.
    struct Call {
        std::string token;
        base::UniqueFd channel;           ///< carried to the node and back, non-blocking
        base::UniqueFd errors;            ///< where the node's stderr goes, non-blocking
        std::function<void()> on_called;  ///< on the desk's thread
    };

    /// The line that tells a node to call here, with the token in it. A secret.
    [[nodiscard]] base::Result<std::string> make_text(const std::string& token);
    void expect(Call call);
    /// What makes the call has been started; `ended` is readable when it is over, and so is the call then.
    void set_starter(const std::string& token, base::UniqueFd ended);
    void forget(const std::string& token);

    /// Wakes whoever polls when take_stranger() has something to say.
    void watch(base::PollSet& poll_set) const;
    /// Somebody without the keys was turned away for the first time: from where, "" if nobody knows.
    [[nodiscard]] std::optional<std::string> take_stranger();

private:
    class Thread;

    ReachSetup reach_;
    std::unique_ptr<Thread> thread_;  ///< null before the first make_text()
};

}  // namespace scoop::launcher
