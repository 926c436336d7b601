// CircleSearch: finds tasks of several processes that wait for each other, and tells them.
//
// A process that has had nothing to run for a while, with tasks in it that wait without a limit for tasks elsewhere,
// asks who executes those what they wait for, and so on from there. Only who has nothing to run himself answers; a job
// that works hears nothing of this but one question to each of those executors in each idle time. Once what was
// answered makes a circle, all of its processes confirm one after the other that they have run nothing since; the last
// wakes its task, whose wait throws. Of several processes that find the same circle each chooses the same one.
//
// | from → to                    | subject      | content                                               |
// |------------------------------|--------------|-------------------------------------------------------|
// | searcher → executor          | waits_asked  | number of the search, tasks                           |
// | executor → searcher          | waits_told   | the number, the part of its graph behind those tasks  |
// | one of the circle → the next | circle_found | the strands not yet confirmed, the chain              |
//
// Nobody waits for an answer. A process that had something to run when it was asked will search itself in its next idle
// time, so the last of a circle to come to rest finds it.
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "worker/compute.hpp"
#include "worker/local_calls.hpp"
#include "worker/mail.hpp"
#include "worker/wait_graph.hpp"

namespace scoop::worker {

class CircleSearch final : public WaitsElsewhere {
public:
    explicit CircleSearch(Mail& mail);
    /// Before the job starts; all outlive it. `comm`: null in a job of one.
    void connect(base::Rank own_rank, std::uint32_t incarnation, const Comm* comm, const LocalCalls& calls,
                 Compute& compute);

    // The compute thread.
    [[nodiscard]] base::Rank own_rank() const override { return own_rank_; }
    [[nodiscard]] std::vector<SentBlock> sent() const override;
    void on_stuck(WaitGraph&& graph) override;

private:
    /// A circle on its way through its processes.
    struct Verdict {
        std::vector<StrandId> unconfirmed;  ///< the last is asked next, the first is told
        std::string chain;
    };

    void on_asked(base::Rank from, const std::string& content);
    void on_told(const std::string& content);
    void go_on();
    void pass_on(const Verdict& verdict);
    void confirm(Verdict verdict);

    Mail& mail_;
    base::Rank own_rank_ = 0;
    const Comm* comm_ = nullptr;
    const LocalCalls* calls_ = nullptr;
    Compute* compute_ = nullptr;

    std::mutex mutex_;  // the compute thread begins a search, the comm thread goes on with it
    std::uint64_t number_ = 0;
    WaitGraph graph_;
    std::set<TaskKey> asked_;
};

}  // namespace scoop::worker
