// SimJob: a whole job in virtual time: real BrokerCores and WorkerCores, everything around them played.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "sim_broker.hpp"
#include "sim_worker.hpp"
#include "world.hpp"

namespace scoop::simulation {

struct Figures {
    std::uint64_t workers = 0;
    std::uint64_t tasks_run = 0;
    std::uint64_t sum_of_marks = 0;
    double seconds = 0;          ///< from submit to result
    double busy = 0;             ///< work / (workers x time)
    double spread_seconds = -1;  ///< until 95 % of the workers were busy; -1: they never were
    double drain_seconds = -1;   ///< from the last time they were to the end
    double load_root = 0;        ///< how much of the time the root broker was busy
    double load_host_mean = 0;
    double load_host_max = 0;
    std::uint64_t inbox_root_max = 0;
    std::uint64_t inbox_host_max = 0;
    std::uint64_t steals = 0;      ///< Tasks messages that reached a worker
    std::vector<Traffic> traffic;  ///< by Way
};

class SimJob {
public:
    explicit SimJob(const JobPlan& plan);

    /// To the end, when nobody has anything to say. Throws std::logic_error when an invariant is broken: a task that
    /// did not run once, something left somewhere, or a message that a core refuses.
    [[nodiscard]] Figures run();

private:
    void run_events();
    void dispatch(const Event& event);
    void check_end() const;
    [[nodiscard]] Figures figures() const;
    [[nodiscard]] SimBroker& broker(const Event& event) {
        return event.place == Place::root ? *root_ : hosts_[event.number];
    }

    World world_;
    std::deque<SimWorker> workers_;
    std::deque<SimBroker> hosts_;
    std::optional<SimBroker> root_;
};

}  // namespace scoop::simulation
