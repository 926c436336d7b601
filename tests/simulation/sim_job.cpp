#include "sim_job.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace scoop::simulation {

SimJob::SimJob(const JobPlan& plan) : world_(plan) {
    broker::CoreConfig root_config;
    for (std::uint32_t host = 0; host < plan.hosts; ++host) {
        broker::CoreConfig config;
        config.has_upstream = true;
        for (std::uint32_t i = 0; i < plan.workers_per_host; ++i) {
            const auto rank = static_cast<base::Rank>(workers_.size());
            config.peers[rank] = {rank};
            root_config.peers[host].push_back(rank);
            workers_.emplace_back(world_, rank, host);
        }
        hosts_.emplace_back(world_, Place::host, host, std::move(config));
    }
    root_.emplace(world_, Place::root, 0, std::move(root_config));
}

Figures SimJob::run() {
    for (auto& worker : workers_) worker.begin();
    run_events();  // everybody has asked for work, and been asked
    for (auto& host : hosts_) host.reset_measures();
    root_->reset_measures();
    world_.post.reset_traffic();

    world_.meter.began = world_.events.now();
    workers_.front().submit(world_.workload.whole());
    run_events();
    check_end();
    return figures();
}

void SimJob::run_events() {
    while (!world_.events.empty()) dispatch(world_.events.take());
}

void SimJob::dispatch(const Event& event) {
    switch (event.happening) {
        case Happening::task_end: workers_[event.number].on_task_end(); break;
        case Happening::comm_wake: workers_[event.number].on_comm_wake(); break;
        case Happening::turn_end: broker(event).on_turn_end(); break;
        case Happening::letter: {
            Letter letter = world_.post.take(event.number);
            if (letter.to == Place::worker) {
                workers_[letter.to_number].on_letter(letter);
            } else {
                broker({event.happening, letter.to, letter.to_number}).on_letter(std::move(letter));
            }
        }
    }
}

void SimJob::check_end() const {
    const Meter& meter = world_.meter;
    const std::uint64_t expected = world_.plan.workload.tasks;
    if (meter.tasks_run != expected) {
        throw std::logic_error(std::to_string(meter.tasks_run) + " tasks were run of " + std::to_string(expected));
    }
    if (!meter.is_complete) throw std::logic_error("all tasks were run and the job is not complete");
    if (world_.workload.is_map() && meter.results_delivered != expected)
        throw std::logic_error("results of " + std::to_string(meter.results_delivered) + " elements came to the root");
    for (const auto& worker : workers_)
        if (!worker.is_at_rest()) throw std::logic_error("something is left in a worker");
    if (world_.tasks.in_use() != 0) throw std::logic_error(std::to_string(world_.tasks.in_use()) + " tasks are left");
}

Figures SimJob::figures() const {
    const auto seconds = [](Time time) { return std::chrono::duration<double>(time).count(); };
    const Meter& meter = world_.meter;
    Figures figures;
    figures.workers = workers_.size();
    figures.tasks_run = meter.tasks_run;
    figures.sum_of_marks = meter.sum_of_marks;
    figures.seconds = seconds(meter.ended - meter.began);
    figures.busy = seconds(meter.work) / (figures.seconds * static_cast<double>(workers_.size()));
    if (meter.is_spread()) {
        figures.spread_seconds = seconds(meter.spread - meter.began);
        figures.drain_seconds = seconds(meter.ended - meter.last_spread);
    }
    figures.load_root = seconds(root_->busy_time()) / figures.seconds;
    figures.inbox_root_max = root_->inbox_longest();
    for (const auto& host : hosts_) {
        const double load = seconds(host.busy_time()) / figures.seconds;
        figures.load_host_mean += load / static_cast<double>(hosts_.size());
        figures.load_host_max = std::max(figures.load_host_max, load);
        figures.inbox_host_max = std::max<std::uint64_t>(figures.inbox_host_max, host.inbox_longest());
    }
    for (const Way way : {Way::worker_to_host, Way::host_to_worker, Way::host_to_root, Way::root_to_host})
        figures.traffic.push_back(world_.post.traffic(way));
    figures.steals = world_.post.traffic(Way::host_to_worker).of<protocol::Tasks>();
    return figures;
}

}  // namespace scoop::simulation
