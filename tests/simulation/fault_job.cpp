#include "fault_job.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "protocol/codec.hpp"
#include "protocol/version.hpp"

namespace scoop::simulation {

using namespace std::chrono_literals;
using namespace protocol;

namespace {

constexpr Time silence_max = 15s;
constexpr Time time_max = 30min;  // a job that is not done by then hangs
constexpr Time rest_time = 60s;   // for what is still under way after the result
constexpr std::uint64_t events_max = 20'000'000;

}  // namespace

FaultJob::FaultJob(const FaultPlan& plan)
    : plan_(plan), random_(plan.seed), workload_(plan.workload), hosts_(plan.hosts), faults_left_(plan.faults) {
    broker::CoreConfig root_config;
    for (std::uint32_t h = 0; h < plan.hosts; ++h) {
        broker::CoreConfig config;
        config.has_upstream = true;
        config.replaces_workers = plan.respawns;
        std::vector<base::Rank> ranks;
        for (std::uint32_t i = 0; i < plan.workers_per_host; ++i) {
            const auto rank = static_cast<base::Rank>(workers_.size());
            config.peers[rank] = {rank};
            root_config.peers[h].push_back(rank);
            ranks.push_back(rank);
            workers_.emplace_back().host = h;
        }
        Host& host = hosts_[h];
        host.broker.emplace(std::move(config));
        host.link.emplace(Link::connecting(h, 1000 + h, now()));
        host.root_link.emplace(Link::accepting(root_broker_number, now()));
        if (plan.respawns) host.respawn.emplace(ranks, now());
        host.link->send(encode(Hello{version, h, 0}));
    }
    root_.emplace(std::move(root_config));
}

Survived FaultJob::run() {
    for (std::uint32_t h = 0; h < hosts_.size(); ++h) events_.add(0s, {What::link_time, h});
    for (std::uint32_t rank = 0; rank < workers_.size(); ++rank) start_worker(rank);
    workers_.front().process->submit(workload_.whole());
    std::optional<Time> end;
    for (std::uint64_t count = 0; !end || events_.now() < *end; ++count) {
        if (events_.empty() || events_.now() > time_max || count > events_max) throw std::logic_error("the job hangs");
        dispatch(events_.take());
        if (!end && workers_.front().process->result()) {
            survived_.ended = events_.now();
            end = events_.now() + rest_time;
            faults_left_ = 0;
        }
    }
    check_rest();
    for (const Worker& worker : workers_) survived_.copies += worker.process->copies_sent();
    survived_.result = *workers_.front().process->result();
    return survived_;
}

void FaultJob::dispatch(const Happening& happening) {
    const bool is_of_host = happening.what == What::down || happening.what == What::link_time ||
                            happening.what == What::to_broker || happening.what == What::death_seen ||
                            happening.what == What::spawn;
    const bool is_of_worker = happening.what == What::to_broker || happening.what == What::death_seen;
    if (is_of_host) {
        Host& host = hosts_[is_of_worker ? workers_[happening.number].host : happening.number];
        if (host.is_dead) return;
        if (host.is_stopped) return host.unread.push_back(happening);
    }
    switch (happening.what) {
        case What::to_broker: return hear_worker(happening);
        case What::to_worker: return hear_broker(happening);
        case What::up:
        case What::down: return hear_frame(happening);
        case What::death_seen: return see_death(happening.number, happening.incarnation);
        case What::spawn: return start_due(happening.number);
        case What::host_silent: return give_up(happening.number);
        case What::link_time: {
            end_waiting(happening.number);
            flush_links(happening.number);
            events_.add(100ms, happening);
            return;
        }
        case What::task_end: return end_task(happening);
        case What::go_on: return go_on(happening.number, happening.incarnation);
        case What::host_go_on: return go_on_host(happening.number);
    }
}

// Who was asked for tasks and has not answered for some time, is not waited for.
void FaultJob::end_waiting(std::uint32_t h) {
    hosts_[h].broker->end_waiting();
    perform(h);
    if (h != 0) return;
    root_->end_waiting();
    perform_root();
}

void FaultJob::end_task(const Happening& happening) {
    if (!is_alive(happening.number, happening.incarnation)) return;
    Worker& worker = workers_[happening.number];
    worker.task_has_ended = worker.is_stopped;
    if (worker.is_stopped) return;
    ++survived_.tasks_run;
    worker.process->on_task_end();
}

void FaultJob::go_on(std::uint32_t rank, std::uint32_t incarnation) {
    Worker& worker = workers_[rank];
    if (!is_alive(rank, incarnation) || hosts_[worker.host].is_stopped || !std::exchange(worker.is_stopped, false))
        return;
    for (const auto& bytes : std::exchange(worker.unsent, {})) carry_to_broker(rank, incarnation, bytes);
    auto unread = std::exchange(worker.unread, {});
    for (; !unread.empty() && is_alive(rank, incarnation) && !worker.is_stopped; unread.pop_front())
        worker.process->on_message(*decode(unread.front()));
    worker.unread = std::move(unread);  // it was stopped again
    if (worker.task_has_ended) end_task({What::task_end, rank, incarnation});
}

void FaultJob::go_on_host(std::uint32_t h) {
    Host& host = hosts_[h];
    if (host.is_dead) return;
    host.is_stopped = false;
    for (const auto& missed : std::exchange(host.unread, {})) dispatch(missed);
    for (std::uint32_t rank = 0; rank < workers_.size(); ++rank)
        if (workers_[rank].host == h) go_on(rank, workers_[rank].incarnation);
}

// Messages ----------------------------------------------------------------------------------------------------------

std::uint64_t FaultJob::keep(std::string bytes) {
    letters_.emplace(++letters_sent_, std::move(bytes));
    return letters_sent_;
}

std::string FaultJob::take(std::uint64_t letter) {
    const auto found = letters_.find(letter);
    std::string bytes = std::move(found->second);
    letters_.erase(found);
    return bytes;
}

void FaultJob::send_to_broker(std::uint32_t rank, std::uint32_t incarnation, const Message& message) {
    if (!is_alive(rank, incarnation)) return;  // it was killed while it spoke
    if (!workers_[rank].is_stopped) maybe_fault(rank, {Step::send, Moment::before});
    if (!is_alive(rank, incarnation)) return;
    if (workers_[rank].is_stopped) return workers_[rank].unsent.push_back(encode(message));
    carry_to_broker(rank, incarnation, encode(message));
    maybe_fault(rank, {Step::send, Moment::after});
}

void FaultJob::carry_to_broker(std::uint32_t rank, std::uint32_t incarnation, std::string bytes) {
    Worker& worker = workers_[rank];
    worker.to_broker = std::max(worker.to_broker, events_.now() + Time(20'000 + below(50'000)));
    events_.add(worker.to_broker - events_.now(), {What::to_broker, rank, incarnation, keep(std::move(bytes))});
}

void FaultJob::hear_worker(const Happening& happening) {
    Worker& worker = workers_[happening.number];
    broker::BrokerCore& core = *hosts_[worker.host].broker;
    const std::string bytes = take(happening.letter);
    // The connection of a process that was declared dead is closed, as WorkerLines does.
    if (worker.incarnation != happening.incarnation) return;
    Message message = *decode(bytes);
    if (const auto* hello = std::get_if<Hello>(&message)) {
        const auto refusal = core.on_hello(*hello);
        if (refusal && !worker.is_killed) throw std::logic_error(*refusal);
    } else {
        core.on_message(happening.number, std::move(message));
    }
    perform(worker.host);
}

void FaultJob::hear_broker(const Happening& happening) {
    Worker& worker = workers_[happening.number];
    const std::string bytes = take(happening.letter);
    const auto is_here = [&] { return is_alive(happening.number, happening.incarnation); };
    if (is_here() && !worker.is_stopped) maybe_fault(happening.number, {Step::receive, Moment::before});
    if (!is_here()) return;
    if (worker.is_stopped) return worker.unread.push_back(bytes);
    worker.process->on_message(*decode(bytes));
    if (!worker.is_stopped) maybe_fault(happening.number, {Step::receive, Moment::after});
}

void FaultJob::perform(std::uint32_t h) {
    Host& host = hosts_[h];
    for (auto& action : host.broker->take_actions()) {
        if (auto* down = std::get_if<broker::SendToPeer>(&action)) {
            Worker& worker = workers_[down->peer];
            worker.to_worker = std::max(worker.to_worker, events_.now() + Time(20'000 + below(50'000)));
            events_.add(worker.to_worker - events_.now(),
                        {What::to_worker, down->peer, worker.incarnation, keep(encode(down->message))});
        } else if (auto* up = std::get_if<broker::SendUpstream>(&action)) {
            host.link->send(encode(up->message));
        } else {
            throw std::logic_error(std::get<broker::DropPeer>(action).reason);
        }
    }
    flush_links(h);
}

void FaultJob::perform_root() {
    std::vector<std::uint32_t> spoken_to;
    for (auto& action : root_->take_actions()) {
        auto* down = std::get_if<broker::SendToPeer>(&action);
        if (down == nullptr) throw std::logic_error(std::get<broker::DropPeer>(action).reason);
        hosts_[down->peer].root_link->send(encode(down->message));
        spoken_to.push_back(down->peer);
    }
    for (const auto host : spoken_to) flush_links(host);
}

// Deaths ------------------------------------------------------------------------------------------------------------

void FaultJob::start_worker(std::uint32_t rank) {
    Worker& worker = workers_[rank];
    const auto incarnation = worker.incarnation;
    worker.process = std::make_unique<MortalWorker>(
        rank, incarnation,
        MortalWorker::Surroundings{
            [this, rank, incarnation](const Message& message) { send_to_broker(rank, incarnation, message); },
            [this, rank, incarnation](Time time) {
                events_.add(time, {What::task_end, rank, incarnation});
            },
            &workload_, plan_.copies});
    worker.is_killed = worker.is_stopped = worker.task_has_ended = false;
    worker.unread.clear();
    worker.unsent.clear();
    send_to_broker(rank, incarnation, Hello{version, rank, incarnation});
    if (is_alive(rank, incarnation)) worker.process->begin();
}

// Before or after something that this worker said or heard.
void FaultJob::maybe_fault(std::uint32_t rank, Place place) {
    if (rank == 0 || faults_left_ == 0 || below(plan_.fault_one_in) != 0) return;
    if (!is_alive(rank, workers_[rank].incarnation)) return;
    const std::uint32_t host = workers_[rank].host;
    --faults_left_;
    const auto which = below(host == 0 ? 6 : 8);
    survived_.tally.note(place, which < 4 || which == 6 ? Fault::kill : Fault::stop);
    switch (which) {
        case 0:
        case 1:
        case 2:
        case 3: return kill(rank);
        case 6: return kill_host(host);
        case 7: return stop_host(host);
        default: return stop(rank);
    }
}

// Before or after something that this host's broker said to the root broker or heard from it.
void FaultJob::maybe_host_fault(std::uint32_t h, Place place) {
    // Rarer than faults of workers, which take less along; but not at acknowledgements, which come when most jobs are
    // over.
    const std::uint32_t rarer = place.step == Step::acknowledgement ? 1 : 4;
    if (h == 0 || faults_left_ == 0 || below(rarer * plan_.fault_one_in) != 0) return;
    if (hosts_[h].is_dead || hosts_[h].is_stopped) return;
    --faults_left_;
    const bool is_killed = below(2) == 0;
    survived_.tally.note(place, is_killed ? Fault::kill : Fault::stop);
    is_killed ? kill_host(h) : stop_host(h);
}

void FaultJob::kill(std::uint32_t rank) {
    Worker& worker = workers_[rank];
    if (!is_alive(rank, worker.incarnation)) return;
    ++survived_.killed;
    worker.is_killed = true;
    events_.add(Time(below(1'000'000)), {What::death_seen, rank, worker.incarnation});
}

void FaultJob::stop(std::uint32_t rank) {
    Worker& worker = workers_[rank];
    if (!is_alive(rank, worker.incarnation) || worker.is_stopped) return;
    ++survived_.stopped;
    worker.is_stopped = true;
    events_.add(Time(1 + random_() % 5'000'000'000), {What::go_on, rank, worker.incarnation});
}

void FaultJob::kill_host(std::uint32_t h) {
    if (std::exchange(hosts_[h].is_dead, true)) return;
    ++survived_.hosts_lost;
    for (auto& worker : workers_)
        if (worker.host == h) worker.is_killed = true;
    // Its connection is closed, or it is silent.
    events_.add(below(2) == 0 ? Time(50ms) : silence_max, {What::host_silent, h});
}

void FaultJob::stop_host(std::uint32_t h) {
    Host& host = hosts_[h];
    if (host.is_dead || std::exchange(host.is_stopped, true)) return;
    ++survived_.hosts_stopped;
    for (auto& worker : workers_)
        if (worker.host == h) worker.is_stopped = true;
    const Time pause(1 + random_() % 30'000'000'000);
    events_.add(pause, {What::host_go_on, h});
    if (pause > silence_max) events_.add(silence_max, {What::host_silent, h});
}

// Should it come back it is not heard, and ends when it learns of that.
void FaultJob::give_up(std::uint32_t h) {
    if (std::exchange(hosts_[h].is_given_up, true)) return;
    root_->on_peer_down(h, {"it was silent"});
    perform_root();
}

void FaultJob::see_death(std::uint32_t rank, std::uint32_t incarnation) {
    const std::uint32_t h = workers_[rank].host;
    Host& host = hosts_[h];
    const bool is_replaced = host.respawn && host.respawn->on_end(rank, now());
    host.broker->on_peer_down(rank, {"it was killed", {9, 0}, incarnation, {}, is_replaced});
    perform(h);
    if (!host.respawn) return;
    host.respawn->on_reported(rank);
    start_due(h);
}

void FaultJob::start_due(std::uint32_t h) {
    Host& host = hosts_[h];
    for (const auto& [rank, incarnation] : host.respawn->take_due(now())) {
        ++survived_.replaced;
        workers_[rank].incarnation = incarnation;
        start_worker(rank);
    }
    if (const auto due = host.respawn->next_due(); due != base::TimePoint::max())
        events_.add(due - now(), {What::spawn, h});
}

void FaultJob::check_rest() const {
    for (std::uint32_t rank = 0; rank < workers_.size(); ++rank) {
        if (!is_alive(rank, workers_[rank].incarnation) || hosts_[workers_[rank].host].is_given_up) continue;
        if (!workers_[rank].process->is_at_rest())
            throw std::logic_error("a task is left in the memory of rank " + std::to_string(rank));
    }
}

}  // namespace scoop::simulation
