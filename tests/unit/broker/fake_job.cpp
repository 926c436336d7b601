#include "broker/fake_job.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "protocol/codec.hpp"
#include "protocol/version.hpp"

namespace scoop::broker::test {

using namespace protocol;

FakeJob::FakeJob(const FakeJobPlan& plan)
    : plan_(plan),
      workers_(plan.hosts * plan.workers_per_host),
      is_host_alive_(plan.hosts, true),
      up_to_host_(workers_.size()),
      down_to_worker_(workers_.size()),
      up_to_root_(plan.hosts),
      down_to_host_(plan.hosts) {
    CoreConfig root_config;
    for (std::uint32_t host = 0; host < plan.hosts; ++host) {
        CoreConfig config;
        config.has_upstream = true;
        for (std::uint32_t i = 0; i < plan.workers_per_host; ++i) {
            const base::Rank rank = host * plan.workers_per_host + i;
            config.peers[rank] = {rank};
            root_config.peers[host].push_back(rank);
            workers_[rank].rank = rank;
        }
        hosts_.emplace_back(std::move(config));
    }
    root_.emplace(std::move(root_config));
    for (auto& worker : workers_) REQUIRE_FALSE(hosts_[host_of(worker.rank)].on_hello(Hello{version, worker.rank, 0}));
    for (std::uint32_t host = 0; host < plan.hosts; ++host) REQUIRE_FALSE(root_->on_hello(Hello{version, host, 0}));
    workers_[0].runs_tasks = false;
    workers_[0].to_submit = plan.tasks;
    find_choices();
}

void FakeJob::find_choices() {
    choices_.clear();
    const auto add_channels = [&](const std::vector<Channel>& channels, Kind kind) {
        for (std::uint32_t i = 0; i < channels.size(); ++i)
            if (!channels[i].empty()) choices_.push_back({kind, i});
    };
    add_channels(up_to_host_, Kind::up_to_host);
    add_channels(down_to_worker_, Kind::down_to_worker);
    add_channels(up_to_root_, Kind::up_to_root);
    add_channels(down_to_host_, Kind::down_to_host);
    for (const auto& worker : workers_) {
        if (!worker.is_alive || worker.is_held) continue;
        const bool can_run = worker.runs_tasks && (worker.running || !worker.own.empty() || !worker.received.empty());
        const bool can_ask = worker.runs_tasks && !worker.running && worker.requested == 0;
        if (can_run || can_ask || worker.to_submit > 0) choices_.push_back({Kind::worker_step, worker.rank});
        const bool can_prefetch = plan_.prefetches && worker.running && worker.requested == 0;
        if (can_prefetch && worker.own.size() + worker.received.size() < 2)
            choices_.push_back({Kind::prefetch, worker.rank});
    }
}

void FakeJob::choose(std::size_t choice) {
    const auto [kind, number] = choices_.at(choice);
    const auto take = [&](std::vector<Channel>& channels) {
        auto message = decode(channels[number].front());
        REQUIRE(message);
        channels[number].pop_front();
        return std::move(*message);
    };
    switch (kind) {
        case Kind::worker_step: step(workers_[number]); break;
        case Kind::prefetch:
            workers_[number].requested = plan_.request;
            send(workers_[number], Request{plan_.request});
            break;
        case Kind::down_to_worker: receive(workers_[number], take(down_to_worker_)); break;
        case Kind::up_to_host:
            hosts_[host_of(number)].on_message(number, take(up_to_host_));
            perform_host(host_of(number));
            break;
        case Kind::up_to_root:
            root_->on_message(number, take(up_to_root_));
            perform_root();
            break;
        case Kind::down_to_host:
            REQUIRE(hosts_[number].on_upstream(take(down_to_host_)));
            perform_host(number);
            break;
    }
    find_choices();
}

void FakeJob::run(std::mt19937& random) {
    while (choice_count() > 0) choose(random() % choice_count());
}

void FakeJob::step(Worker& worker) {
    if (worker.to_submit > 0) {
        --worker.to_submit;
        add_task(worker, static_cast<char>(plan_.depth));
        return offer(worker);
    }
    if (worker.running) return finish(worker);
    if (worker.own.empty() && worker.received.empty()) {
        worker.requested = plan_.request;
        return send(worker, Request{plan_.request});
    }
    auto& from = worker.received.empty() ? worker.own : worker.received;
    worker.running = std::move(from.front());
    from.pop_front();
    ++worker.started;
    ++tasks_started_;
}

void FakeJob::finish(Worker& worker) {
    const TaskItem task = *std::exchange(worker.running, std::nullopt);
    const char depth = task.arguments.view().at(0);
    for (std::uint32_t i = 0; depth > 0 && i < plan_.children; ++i) add_task(worker, static_cast<char>(depth - 1));
    if (task.id.owner == worker.rank)
        end_task(worker, task.id, false);
    else
        send(worker, Results{{{task.id, Outcome::value, "done"}}});
    offer(worker);
}

void FakeJob::add_task(Worker& worker, char depth) {
    const base::TaskId id{worker.rank, 0, ++worker.tasks_made};
    worker.own.push_back({id, 1, 42, std::string(1, depth)});
    worker.is_away[id.counter] = false;
}

// New tasks of its own have come up: a worker that is armed gives some away, unasked.
void FakeJob::offer(Worker& worker) {
    if (worker.own.empty()) return;
    const bool withdraws = worker.requested > 0 && (!worker.is_armed || (plan_.withdraws && worker.own.size() == 1));
    if (worker.is_armed && !withdraws) return give(worker, worker.armed);
    if (withdraws) {
        worker.requested = 0;
        worker.is_armed = false;
        send(worker, Request{0});
    }
}

void FakeJob::give(Worker& worker, std::size_t count) {
    Tasks tasks;
    const std::size_t half = worker.runs_tasks ? (worker.own.size() + 1) / 2 : worker.own.size();
    for (count = std::min(count, half); count > 0; --count) {
        if (worker.own.front().id.owner == worker.rank) worker.is_away.at(worker.own.front().id.counter) = true;
        tasks.items.push_back(std::move(worker.own.front()));
        worker.own.pop_front();
    }
    worker.requested = 0;
    worker.is_armed = false;
    send(worker, tasks);
}

void FakeJob::end_task(Worker& owner, const base::TaskId& id, bool came_back) {
    REQUIRE(id.owner == owner.rank);
    const auto known = owner.is_away.find(id.counter);
    REQUIRE(known != owner.is_away.end());  // else it has ended before, or was lost
    CHECK(known->second == came_back);
    owner.is_away.erase(known);
}

void FakeJob::send(const Worker& from, const Message& message) {
    ++messages_sent_;
    up_to_host_[from.rank].push_back(encode(message));
}

void FakeJob::receive(Worker& worker, const Message& message) {
    if (!worker.is_alive) return;
    if (const auto* tasks = std::get_if<Tasks>(&message)) {
        worker.requested = 0;
        worker.is_armed = false;
        for (const auto& item : tasks->items) {
            if (item.id.owner == worker.rank) worker.is_away.at(item.id.counter) = false;
            (item.id.owner == worker.rank ? worker.own : worker.received).push_back(item);
        }
    } else if (const auto* results = std::get_if<Results>(&message)) {
        for (const auto& item : results->items) end_task(worker, item.id, true);
    } else if (const auto* steal = std::get_if<Steal>(&message)) {
        if (!worker.own.empty()) return give(worker, steal->count);
        worker.is_armed = true;
        worker.armed = steal->count;
        send(worker, Dry{});
    } else if (const auto* lost = std::get_if<Lost>(&message)) {
        for (const auto& id : lost->ids) {
            REQUIRE(id.owner == worker.rank);
            REQUIRE(worker.is_away.at(id.counter));
            worker.is_away.at(id.counter) = false;
            worker.own.push_front({id, 2, 42, std::string(1, '\0')});
        }
        offer(worker);
    } else if (const auto* down = std::get_if<RanksDown>(&message)) {
        const auto is_orphan = [&](const TaskItem& item) {
            return std::find(down->ranks.begin(), down->ranks.end(), item.id.owner) != down->ranks.end();
        };
        std::erase_if(worker.received, is_orphan);
        std::erase_if(worker.own, is_orphan);
    } else {
        FAIL("a worker does not expect this message");
    }
}

void FakeJob::perform_host(std::uint32_t host) {
    if (!is_host_alive_[host]) return;
    for (auto& action : hosts_[host].take_actions()) {
        ++messages_sent_;
        if (auto* down = std::get_if<SendToPeer>(&action)) {
            down_to_worker_.at(down->peer).push_back(encode(down->message));
        } else if (auto* up = std::get_if<SendUpstream>(&action)) {
            up_to_root_[host].push_back(encode(up->message));
        } else {
            FAIL(std::get<DropPeer>(action).reason);
        }
    }
}

void FakeJob::perform_root() {
    for (auto& action : root_->take_actions()) {
        ++messages_sent_;
        auto* down = std::get_if<SendToPeer>(&action);
        REQUIRE(down);
        down_to_host_.at(down->peer).push_back(encode(down->message));
    }
}

void FakeJob::hold(base::Rank rank) {
    workers_[rank].is_held = true;
    find_choices();
}

void FakeJob::release(base::Rank rank) {
    workers_[rank].is_held = false;
    find_choices();
}

std::size_t FakeJob::tasks_idle() const {
    std::size_t idle = 0;
    for (const auto& worker : workers_)
        if (worker.is_alive) idle += worker.is_away.size();
    // All that are left must have started, or wait behind one that runs at a worker that received them.
    for (const auto& worker : workers_)
        if (worker.is_alive) idle -= worker.received.size() + (worker.running ? 1 : 0);
    return idle;
}

void FakeJob::kill_worker(base::Rank rank, std::mt19937& random) {
    workers_[rank].is_alive = false;
    down_to_worker_[rank].clear();
    // What it said last may come in before its death is known, or after, or not at all.
    up_to_host_[rank].resize(random() % (up_to_host_[rank].size() + 1));
    if (is_host_alive_[host_of(rank)]) {
        hosts_[host_of(rank)].on_peer_down(rank, {"killed"});
        perform_host(host_of(rank));
    }
    find_choices();
}

void FakeJob::kill_host(std::uint32_t host, std::mt19937& random) {
    is_host_alive_[host] = false;
    for (auto& worker : workers_)
        if (host_of(worker.rank) == host) kill_worker(worker.rank, random);
    down_to_host_[host].clear();
    up_to_root_[host].resize(random() % (up_to_root_[host].size() + 1));
    root_->on_peer_down(host, {"host killed"});
    perform_root();
    find_choices();
}

bool FakeJob::is_complete() const {
    return std::all_of(workers_.begin(), workers_.end(), [](const Worker& worker) {
        return !worker.is_alive || (worker.to_submit == 0 && worker.is_away.empty());
    });
}

std::uint32_t FakeJob::started_on_host(std::uint32_t host) const {
    std::uint32_t started = 0;
    for (const auto& worker : workers_)
        if (host_of(worker.rank) == host) started += worker.started;
    return started;
}

}  // namespace scoop::broker::test
