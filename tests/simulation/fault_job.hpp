// FaultJob: a whole job in virtual time in which processes die and messages go astray. Brokers, links and the decision
// who is replaced are the real ones; workers are MortalWorkers.
//
// | where                  | what may go wrong                                                                |
// |------------------------|----------------------------------------------------------------------------------|
// | a worker, not the root | killed or stopped for a while, before or after any message that it sends or gets |
// | a host, not the root's | the same, also at its frames to and from the root broker; after silence_max it   |
// |                        | is given up and not heard any more                                               |
// | between host and root  | frames are dropped, come twice, late, or in another order; connections break     |
//
// Between a worker and its broker messages keep their order; of what a process said last a part may be lost with it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "broker/broker_core.hpp"
#include "event_queue.hpp"
#include "fault_tally.hpp"
#include "mortal_worker.hpp"
#include "node/respawn_core.hpp"
#include "protocol/link.hpp"

namespace scoop::simulation {

struct FaultPlan {
    std::uint64_t seed = 1;
    std::uint32_t hosts = 2;
    std::uint32_t workers_per_host = 2;
    WorkloadPlan workload;
    bool respawns = true;
    std::uint32_t faults = 5;         ///< of processes
    std::uint32_t fault_one_in = 50;  ///< messages, as long as there are faults left
    std::uint32_t bad_frames_of_100 = 5;
    std::uint32_t copies = 0;  ///< of tasks that are away, by each process of a worker
};

struct Survived {
    Sum result;
    std::uint32_t killed = 0;
    std::uint32_t stopped = 0;
    std::uint32_t hosts_lost = 0;
    std::uint32_t hosts_stopped = 0;
    std::uint32_t replaced = 0;
    std::uint64_t frames_bad = 0;
    std::uint64_t tasks_run = 0;
    std::uint32_t copies = 0;
    FaultTally tally;
    Time ended{0};
};

class FaultJob {
public:
    explicit FaultJob(const FaultPlan& plan);
    /// To the end. Throws std::logic_error where something is wrong that no fault excuses, and when it hangs.
    [[nodiscard]] Survived run();

private:
    enum class What : std::uint8_t {
        to_broker,
        to_worker,
        up,
        down,
        task_end,
        go_on,
        host_go_on,
        host_silent,
        death_seen,
        spawn,
        link_time
    };
    struct Happening {
        What what;
        std::uint32_t number = 0;       // of the worker or host
        std::uint32_t incarnation = 0;  // of the worker
        std::uint64_t letter = 0;
    };
    struct Worker {
        std::uint32_t incarnation = 0;
        std::uint32_t host = 0;
        std::unique_ptr<MortalWorker> process;
        bool is_killed = false;  // what the process does from then on nobody sees
        bool is_stopped = false;
        bool task_has_ended = false;  // while it was stopped
        std::deque<std::string> unread;
        std::deque<std::string> unsent;  // what it was about to say when it was stopped
        Time to_broker{0};               // when what it said last arrives: in order
        Time to_worker{0};
    };
    /// From a host to the root broker, or back.
    struct Line {
        Time is_slow_until{0};
        std::optional<std::string> leaving;   // the next frame leaves before this one
        std::optional<std::string> arriving;  // the next frame is heard before this one
        bool next_is_overtaken = false;
    };
    /// What happens to a frame, if anything.
    struct Wrong {
        bool happens = false;
        Moment moment{};
        Fault fault{};
        [[nodiscard]] bool is(Moment at, Fault what) const;
    };
    struct Host {
        std::optional<broker::BrokerCore> broker;
        std::optional<protocol::Link> link;       // to the root broker
        std::optional<protocol::Link> root_link;  // and from there
        std::optional<node::RespawnCore> respawn;
        std::uint64_t connection = 0;  // frames of earlier ones are lost
        Line up;
        Line down;
        bool is_dead = false;
        bool is_stopped = false;
        bool is_given_up = false;
        std::deque<Happening> unread;
    };

    void dispatch(const Happening& happening);
    void end_waiting(std::uint32_t host);
    void end_task(const Happening& happening);
    void go_on(std::uint32_t rank, std::uint32_t incarnation);
    void go_on_host(std::uint32_t host);
    void hear_worker(const Happening& happening);
    void hear_broker(const Happening& happening);
    void hear_frame(const Happening& happening);
    void read_frame(What way, std::uint32_t host, const std::string& frame);
    void hear_host(std::uint32_t host, protocol::Message message);
    void start_worker(std::uint32_t rank);
    void send_to_broker(std::uint32_t rank, std::uint32_t incarnation, const protocol::Message& message);
    void carry_to_broker(std::uint32_t rank, std::uint32_t incarnation, std::string bytes);
    void perform(std::uint32_t host);
    void perform_root();
    void flush_links(std::uint32_t host);
    void send_up(std::uint32_t host, std::string frame);
    void send_frame(What way, std::uint32_t host, std::string frame);
    void carry(What way, std::uint32_t host, const std::string& frame, Time time);
    void hear_later(What way, std::uint32_t host, std::string frame);
    void break_connection(std::uint32_t host);
    [[nodiscard]] Wrong maybe_wrong(Step step);
    [[nodiscard]] Time usual_time(const Line& line);
    [[nodiscard]] Time late() { return Time(below(500'000'000)); }
    [[nodiscard]] Line& line_of(What way, std::uint32_t host) {
        return way == What::up ? hosts_[host].up : hosts_[host].down;
    }
    void see_death(std::uint32_t rank, std::uint32_t incarnation);
    void start_due(std::uint32_t host);

    void maybe_fault(std::uint32_t rank, Place place);
    void maybe_host_fault(std::uint32_t host, Place place);
    void kill(std::uint32_t rank);
    void stop(std::uint32_t rank);
    void kill_host(std::uint32_t host);
    void stop_host(std::uint32_t host);
    void give_up(std::uint32_t host);
    void check_rest() const;

    [[nodiscard]] bool is_alive(std::uint32_t rank, std::uint32_t incarnation) const {
        const Worker& worker = workers_[rank];
        return worker.process && !worker.is_killed && worker.incarnation == incarnation;
    }
    [[nodiscard]] std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
    [[nodiscard]] base::TimePoint now() const { return base::TimePoint(events_.now()); }
    [[nodiscard]] std::uint64_t keep(std::string bytes);
    [[nodiscard]] std::string take(std::uint64_t letter);

    const FaultPlan plan_;
    std::mt19937_64 random_;
    Workload workload_;
    EventQueue<Happening> events_;
    std::map<std::uint64_t, std::string> letters_;
    std::uint64_t letters_sent_ = 0;
    std::vector<Worker> workers_;
    std::vector<Host> hosts_;
    std::optional<broker::BrokerCore> root_;
    std::uint32_t faults_left_;
    Survived survived_;
};

}  // namespace scoop::simulation
