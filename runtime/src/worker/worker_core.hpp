// WorkerCore: what a worker says to its host's broker about work, as a pure decision: one event in, actions out.
//
// | event                          | action                                                                          |
// |--------------------------------|---------------------------------------------------------------------------------|
// | nothing left to run (or soon)  | Request, unless one is under way; armed for one task                            |
// | Steal(count)                   | export up to count; none there: Dry, armed for count                            |
// | a task appeared while armed    | export up to what is wanted; none left: still armed; busy again: Request(0)     |
// | exported some                  | the broker takes a request back by itself; disarmed                             |
// | Tasks came                     | the request is answered; disarmed                                               |
//
// Comm thread only.
#pragma once

#include <algorithm>
#include <cstdint>

namespace scoop::worker {

class WorkerCore {
public:
    enum class Say { nothing, request, dry, withdraw };
    struct Decision {
        Say say = Say::nothing;
        bool arm = false;  ///< watch for new tasks
    };

    /// How many tasks to try to export now; 0: none are wanted.
    [[nodiscard]] std::uint32_t wanted() const { return wanted_; }

    [[nodiscard]] Decision on_hungry() {
        if (requested_) return {};
        requested_ = true;
        wanted_ = std::max<std::uint32_t>(wanted_, 1);
        return {Say::request, true};
    }
    void on_steal(std::uint32_t count) { wanted_ = std::max<std::uint32_t>(count, 1); }
    /// After an export was tried for a Steal (`asked`) or because a task appeared.
    [[nodiscard]] Decision on_export_tried(std::size_t exported, bool asked, bool is_idle) {
        if (exported > 0) {
            requested_ = false;
            wanted_ = 0;
            return {};
        }
        if (asked) return {Say::dry, true};
        if (requested_ && !is_idle) {
            requested_ = false;
            wanted_ = 0;
            return {Say::withdraw, false};
        }
        return {Say::nothing, wanted_ > 0};
    }
    void on_tasks() {
        requested_ = false;
        wanted_ = 0;
    }

private:
    bool requested_ = false;
    std::uint32_t wanted_ = 0;
};

}  // namespace scoop::worker
