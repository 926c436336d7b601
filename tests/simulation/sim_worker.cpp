#include "sim_worker.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "protocol/codec.hpp"

namespace scoop::simulation {

using worker::WorkerCore;

namespace {

// As in compute.cpp, loop.cpp and loop_registry.cpp.
constexpr std::size_t adopted_max = 64;
constexpr Time block_time = std::chrono::microseconds(20);
constexpr Time part_period = std::chrono::milliseconds(25);
constexpr std::uint64_t split_elements_max = 64 * 1024;

std::string number_and_padding(std::uint64_t number, std::size_t size) {
    std::string bytes(std::max(size, sizeof number), '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

std::uint64_t number_of(std::string_view bytes) {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

}  // namespace

// The compute thread ------------------------------------------------------------------------------------------------

void SimWorker::submit(const Work& work) {
    shared_.push_back(world_.tasks.add({.work = work}));
    if (std::exchange(is_demand_armed_, false)) poke(demand);
    if (is_idle_) run_next();
}

void SimWorker::push(TaskIndex task) {
    own_.push_back(task);
    if (std::exchange(is_demand_armed_, false)) poke(demand);
}

TaskIndex SimWorker::take() {
    if (!own_.empty()) {
        const TaskIndex task = own_.back();
        own_.pop_back();
        return task;
    }
    if (shared_.empty()) return no_task;
    const TaskIndex task = shared_.front();
    shared_.pop_front();
    const auto adopted = static_cast<std::ptrdiff_t>(std::min(shared_.size() / 2, adopted_max));
    own_.insert(own_.end(), std::make_reverse_iterator(shared_.begin() + adopted), shared_.rend());
    shared_.erase(shared_.begin(), shared_.begin() + adopted);
    return task;
}

void SimWorker::run_next() {
    resume_ready();
    if (const TaskIndex task = take(); task != no_task) return start(task);
    if (std::exchange(is_idle_, true)) return;
    if (world_.meter.began > Time(0)) world_.meter.on_idle(world_.events.now());
    poke(hungry);
}

void SimWorker::start(TaskIndex index) {
    if (std::exchange(is_idle_, false)) world_.meter.on_busy(world_.events.now());
    running_ = index;
    Task& task = world_.tasks[index];
    task.started = task.part_sent = world_.events.now();
    if (task.is_remote) {
        --remote_waiting_;
        if (WorkerCore::asks_ahead(remote_waiting_, mean_) && !std::exchange(asked_ahead_, true)) poke(hungry);
    }
    if (world_.workload.is_map()) {
        if (std::exchange(is_demand_armed_, false)) poke(demand);
        return start_elements(task);
    }
    const Time duration = world_.workload.duration(task.work.key);
    world_.meter.work += duration;
    world_.events.add(duration, {Happening::task_end, Place::worker, rank_});
}

// A block of a stretch.
void SimWorker::start_elements(Task& task) {
    const auto fitting = static_cast<std::uint64_t>(block_time / world_.workload.plan().task_time);
    elements_running_ = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(task.work.size / 4, 1, std::max<std::uint64_t>(fitting, 1)));
    Time duration{0};
    for (std::uint32_t i = 0; i < elements_running_; ++i) {
        duration += world_.workload.duration(task.work.key + i);
        world_.meter.sum_of_marks += world_.workload.mark(task.work.key + i);
    }
    task.work.key += elements_running_;
    task.work.size -= elements_running_;
    world_.meter.tasks_run += elements_running_;
    world_.meter.work += duration;
    world_.events.add(duration, {Happening::task_end, Place::worker, rank_});
}

void SimWorker::on_task_end() {
    const TaskIndex index = running_;
    Task& task = world_.tasks[index];
    if (world_.workload.is_map()) {
        end_elements(task);
        if (task.work.size > 0) return start_elements(task);
        task.is_through = true;
    } else {
        end_tree_task(index);
    }
    running_ = no_task;
    complete_if_done(index);
    run_next();
}

void SimWorker::end_elements(Task& task) {
    task.unreported += std::exchange(elements_running_, 0);
    send_part_if_due(task);
}

void SimWorker::end_tree_task(TaskIndex index) {
    const Work work = world_.tasks[index].work;
    ++world_.meter.tasks_run;
    world_.meter.sum_of_marks += world_.workload.mark(work.key);
    const auto& children = world_.workload.children(work);
    for (const Work& child : children) push(world_.tasks.add({.work = child, .parent = index}));
    world_.tasks[index].pending = static_cast<std::uint32_t>(children.size());
    world_.tasks[index].is_through = true;
}

void SimWorker::resume_ready() {
    for (const TaskIndex task : std::exchange(ready_, {})) complete_if_done(task);
}

// Ends the task if it waits for nothing any more, and whoever waits for it then, as long as that is in this process.
void SimWorker::complete_if_done(TaskIndex index) {
    for (;;) {
        Task& task = world_.tasks[index];
        if (!task.is_through || task.pending > 0) return;
        const TaskIndex parent = task.parent;
        const std::uint64_t elements = task.unreported;
        if (task.is_remote) {
            mean_ =
                WorkerCore::mean_with(mean_, static_cast<std::uint64_t>((world_.events.now() - task.started).count()));
            add_result(task, protocol::Outcome::value);
        } else if (parent == no_task) {
            world_.meter.results_delivered += elements;
            world_.meter.is_complete = true;
            world_.meter.ended = world_.events.now();
        }
        world_.tasks.remove(index);
        if (parent == no_task) return;
        --world_.tasks[parent].pending;
        world_.tasks[parent].unreported += elements;
        index = parent;
    }
}

void SimWorker::send_part_if_due(Task& task) {
    if (!task.is_remote || world_.events.now() - task.part_sent < part_period) return;
    task.part_sent = world_.events.now();
    if (task.work.size == 0 && task.pending == 0) return;
    add_result(task, protocol::Outcome::part);
    task.unreported = 0;
}

void SimWorker::add_result(const Task& task, protocol::Outcome outcome) {
    const std::uint64_t size = std::max<std::uint64_t>(task.unreported, 1) * world_.plan.result_bytes;
    results_.items.push_back(
        {.id = task.id, .outcome = outcome, .payload = number_and_padding(task.unreported, size), .executor = rank_});
    poke(outgoing);
}

// The comm thread ---------------------------------------------------------------------------------------------------

void SimWorker::poke(unsigned news) {
    news_ |= news;
    if (!std::exchange(comm_wakes_, true))
        world_.events.add(world_.plan.comm_latency, {Happening::comm_wake, Place::worker, rank_});
}

void SimWorker::on_comm_wake() {
    comm_wakes_ = false;
    comm_turn();
}

void SimWorker::comm_turn() {
    while (news_ != 0) {
        const unsigned news = std::exchange(news_, 0);
        if ((news & demand) != 0) try_export(false);
        if ((news & hungry) != 0) ask_for_work();
        if (!results_.items.empty()) send(std::exchange(results_, {}));
    }
}

void SimWorker::ask_for_work() {
    const auto decision = core_.on_hungry();
    if (decision.say == WorkerCore::Say::nothing) return;
    send(protocol::Request{WorkerCore::request_count(mean_)});
    act({WorkerCore::Say::nothing, decision.arm});
}

void SimWorker::try_export(bool asked) {
    if (core_.wanted() == 0) return;
    asked_ahead_ = false;
    const auto tasks = claim_for_export(WorkerCore::export_count(unstarted(), core_.wanted()));
    act(core_.on_export_tried(send_tasks(tasks), asked, is_idle_));
}

void SimWorker::act(WorkerCore::Decision decision) {
    if (decision.say == WorkerCore::Say::dry) send(protocol::Dry{});
    if (decision.say == WorkerCore::Say::withdraw) send(protocol::Request{0});
    if (!decision.arm) return;
    is_demand_armed_ = true;
    if (unstarted() > (is_idle_ ? 1U : 0U)) news_ |= demand;
}

std::size_t SimWorker::unstarted() const {
    const bool can_split = running_ != no_task && world_.workload.is_map() && world_.tasks[running_].work.size > 0;
    return shared_.size() + own_.size() + (can_split ? 1 : 0);
}

std::vector<TaskIndex> SimWorker::claim_for_export(std::size_t count) {
    std::vector<TaskIndex> claimed;
    const std::size_t keep = is_idle_ ? 1 : 0;
    for (; claimed.size() < count && shared_.size() > keep; shared_.pop_front()) claimed.push_back(shared_.front());
    for (; claimed.size() < count && !own_.empty(); own_.pop_front()) claimed.push_back(own_.front());
    if (claimed.empty())
        if (const TaskIndex part = split_running(); part != no_task) claimed.push_back(part);
    return claimed;
}

TaskIndex SimWorker::split_running() {
    if (running_ == no_task || !world_.workload.is_map() || world_.tasks[running_].work.size == 0) return no_task;
    Work& left = world_.tasks[running_].work;
    const std::uint64_t part = std::min((left.size + 1) / 2, split_elements_max);
    left.size -= part;
    ++world_.tasks[running_].pending;
    return world_.tasks.add({.work = {part, left.key + left.size}, .parent = running_});
}

std::size_t SimWorker::send_tasks(const std::vector<TaskIndex>& tasks) {
    protocol::Tasks message;
    for (const TaskIndex index : tasks) {
        const Task& task = world_.tasks[index];
        protocol::TaskItem item{.id = task.id,
                                .function = task.work.key,
                                .arguments = number_and_padding(task.work.size, world_.plan.argument_bytes)};
        if (task.is_remote) {
            --remote_waiting_;
            world_.tasks.remove(index);
        } else {
            item.id = {rank_, 0, ++exports_};
            exported_.emplace(exports_, index);
        }
        message.items.push_back(std::move(item));
    }
    if (!tasks.empty()) send(message);
    return tasks.size();
}

void SimWorker::on_letter(const Letter& letter) {
    auto message = protocol::decode(letter.bytes);
    if (!message) throw std::logic_error(message.error().sentence());
    std::visit([this](auto& content) { receive(content); }, *message);
    comm_turn();
}

void SimWorker::receive(protocol::Steal& steal) {
    core_.on_steal(steal.count);
    try_export(true);
}

void SimWorker::receive(protocol::Tasks& tasks) {
    core_.on_tasks();
    is_demand_armed_ = false;
    asked_ahead_ = false;
    for (const auto& item : tasks.items) {
        const Work work{number_of(item.arguments.view()), item.function};
        shared_.push_back(world_.tasks.add({.work = work, .id = item.id, .is_remote = true}));
        ++remote_waiting_;
    }
    if (is_idle_) run_next();
}

void SimWorker::receive(protocol::Results& results) {
    for (const auto& item : results.items) {
        const auto found = exported_.find(item.id.counter);
        if (item.id.owner != rank_ || found == exported_.end()) throw std::logic_error("a result came twice");
        Task& task = world_.tasks[found->second];
        const std::uint64_t elements = number_of(item.payload.view());
        const TaskIndex parent = task.parent;
        if (item.outcome == protocol::Outcome::part) {
            world_.tasks[parent].unreported += elements;
            if (running_ != parent) send_part_if_due(world_.tasks[parent]);
            continue;
        }
        task.unreported = elements;
        task.is_through = true;
        const TaskIndex done = found->second;
        exported_.erase(found);
        // Who waits goes on when the compute thread has an end of what it does.
        if (running_ == no_task) {
            complete_if_done(done);
        } else {
            ready_.push_back(done);
        }
    }
}

template <class Other>
void SimWorker::receive(Other&) {
    throw std::logic_error("a worker does not expect this message");
}

void SimWorker::send(const protocol::Message& message) {
    world_.post.send(Place::worker, rank_, Place::host, host_, message);
}

bool SimWorker::is_at_rest() const {
    return own_.empty() && shared_.empty() && ready_.empty() && running_ == no_task && exported_.empty() &&
           results_.items.empty() && remote_waiting_ == 0;
}

}  // namespace scoop::simulation
