#include "mortal_worker.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "protocol/wire.hpp"

namespace scoop::simulation {

using worker::WorkerCore;

namespace {

std::string bytes_of(std::uint64_t first, std::uint64_t second) {
    std::string bytes(16, '\0');
    protocol::put_integer(bytes.data(), first);
    protocol::put_integer(bytes.data() + 8, second);
    return bytes;
}

std::pair<std::uint64_t, std::uint64_t> numbers_of(std::string_view bytes) {
    if (bytes.size() != 16) throw std::logic_error("a payload of another size");
    return {protocol::get_integer<std::uint64_t>(bytes.data()), protocol::get_integer<std::uint64_t>(bytes.data() + 8)};
}

}  // namespace

MortalWorker::MortalWorker(base::Rank rank, std::uint32_t incarnation, Surroundings surroundings)
    : rank_(rank),
      incarnation_(incarnation),
      surroundings_(std::move(surroundings)),
      copies_left_(surroundings_.copies) {}

void MortalWorker::submit(const Work& work) {
    push({.work = work});
    if (!running_) run_next();
}

// The compute thread.

void MortalWorker::run_next() {
    if (queue_.empty()) return on_hungry();
    running_ = queue_.back();
    queue_.pop_back();
    Task& task = tasks_.at(*running_);
    task.state = State::running;
    surroundings_.run_for(surroundings_.workload->duration(task.work.key));
}

void MortalWorker::on_task_end() {
    const Number number = *std::exchange(running_, std::nullopt);
    Task& task = tasks_.at(number);
    task.sum = {1, surroundings_.workload->mark(task.work.key)};
    if (!task.is_cancelled) {
        task.state = State::waiting;
        const std::vector<Work> children = surroundings_.workload->children(task.work);
        for (const Work& child : children) push({.work = child, .parent = number});
    }
    if (task.children.empty()) complete(number);
    run_next();
}

void MortalWorker::push(Task task) {
    const Number number = ++made_;
    if (task.parent) tasks_.at(*task.parent).children.insert(number);
    tasks_.emplace(number, std::move(task));
    queue_.push_back(number);
    if (std::exchange(is_armed_, false)) try_export(false);
}

void MortalWorker::complete(Number number) {
    const Task task = std::move(tasks_.at(number));
    forget(number);
    if (task.received_as && received_.erase(*task.received_as) > 0) {
        protocol::Results results;
        results.items.push_back({.id = *task.received_as, .payload = bytes_of(task.sum.tasks, task.sum.marks)});
        surroundings_.send(results);
    }
    if (task.parent) {
        Task& parent = tasks_.at(*task.parent);
        parent.sum.tasks += task.sum.tasks;
        parent.sum.marks += task.sum.marks;
        if (parent.children.empty() && parent.state == State::waiting) complete(*task.parent);
    } else if (!task.received_as) {
        if (result_) throw std::logic_error("the program has its result twice");
        result_ = task.sum;
    }
}

void MortalWorker::forget(Number number) {
    const auto task = tasks_.find(number);
    if (task->second.parent) tasks_.at(*task->second.parent).children.erase(number);
    tasks_.erase(task);
}

// Nobody waits for it and for what it has submitted. One that runs goes on to its end.
void MortalWorker::cancel(Number number) {
    tasks_.at(number).is_cancelled = true;
    for (const Number child : std::set<Number>(tasks_.at(number).children)) cancel(child);
    const auto found = tasks_.find(number);
    if (found == tasks_.end()) return;  // it has ended with its last child
    Task& task = found->second;
    if (task.state == State::running || !task.children.empty()) return;
    give_up(task.exported_as);
    give_up(task.copied_as);
    std::erase(queue_, number);
    complete(number);
}

// It is away under this id, or was.
void MortalWorker::give_up(std::optional<base::TaskId>& id) {
    if (!id) return;
    exported_.erase(*id);
    given_up_.insert(*id);
    protocol::Cancel cancel{{*id}};
    surroundings_.send(cancel);
    receive(cancel);  // it may have come back
    id.reset();
}

// The comm thread.

void MortalWorker::on_message(protocol::Message message) {
    std::visit([this](auto& content) { receive(content); }, message);
    if (!running_ && !queue_.empty()) run_next();
}

void MortalWorker::on_hungry() {
    const auto decision = core_.on_hungry();
    if (decision.say == WorkerCore::Say::nothing) return;
    surroundings_.send(protocol::Request{1});
    is_armed_ = decision.arm;
    (void)send_copy();
}

void MortalWorker::try_export(bool asked) {
    if (core_.wanted() == 0) return;
    act(core_.on_export_tried(export_tasks(core_.wanted()), asked, !running_));
    (void)send_copy();
}

void MortalWorker::act(WorkerCore::Decision decision) {
    if (decision.say == WorkerCore::Say::dry) surroundings_.send(protocol::Dry{});
    if (decision.say == WorkerCore::Say::withdraw) surroundings_.send(protocol::Request{0});
    if (decision.arm) is_armed_ = true;
}

std::size_t MortalWorker::export_tasks(std::size_t count) {
    // An idle worker is about to take one itself.
    const std::size_t spare = queue_.size() - std::min<std::size_t>(queue_.size(), running_ ? 0 : 1);
    protocol::Tasks message;
    for (auto left = std::min(spare, WorkerCore::export_count(queue_.size(), count)); left > 0; --left) {
        const Number number = queue_.front();
        queue_.pop_front();
        Task& task = tasks_.at(number);
        protocol::TaskItem item = item_of(task);
        if (task.received_as) {
            item.id = *task.received_as;
            received_.erase(item.id);
            forget(number);
        } else {
            item.id = {rank_, incarnation_, ++exports_};
            task.exported_as = item.id;
            task.state = State::exported;
            exported_.emplace(item.id, number);
        }
        message.items.push_back(std::move(item));
    }
    if (!message.items.empty()) surroundings_.send(message);
    return message.items.size();
}

protocol::TaskItem MortalWorker::item_of(const Task& task) {
    protocol::TaskItem item;
    item.attempt = task.attempt;
    item.function = task.work.key;
    item.arguments = bytes_of(task.work.size, task.work.key);
    return item;
}

// The oldest that is away and not here, if somebody wants something and there is nothing else.
bool MortalWorker::send_copy() {
    if (core_.wanted() == 0 || copies_left_ == 0) return false;
    const auto late = std::ranges::find_if(exported_, [&](const auto& entry) {
        return !tasks_.at(entry.second).copied_as && !received_.contains(entry.first);
    });
    if (late == exported_.end()) return false;
    --copies_left_;
    Task& task = tasks_.at(late->second);
    ++task.attempt;
    protocol::Tasks message;
    message.items.push_back(item_of(task));
    message.items.front().id = {rank_, incarnation_, ++exports_};
    message.items.front().copy_of = late->first.counter;
    task.copied_as = message.items.front().id;
    exported_.emplace(*task.copied_as, late->second);
    core_.on_tasks();
    is_armed_ = false;
    surroundings_.send(message);
    if (!running_ && queue_.empty()) on_hungry();
    return true;
}

void MortalWorker::receive(protocol::Steal& steal) {
    core_.on_steal(steal.count);
    try_export(true);
}

void MortalWorker::receive(protocol::Tasks& tasks) {
    core_.on_tasks();
    is_armed_ = false;
    for (const auto& item : tasks.items) {
        if (item.id.owner == rank_ && !exported_.contains(item.id)) {
            if (item.id.incarnation != incarnation_) throw std::logic_error("a task of a dead process came back");
            continue;  // it was cancelled while it came back
        }
        const auto [size, key] = numbers_of(item.arguments.view());
        if (!received_.emplace(item.id, made_ + 1).second) throw std::logic_error("a task came twice");
        push({.work = {size, key}, .attempt = item.attempt, .received_as = item.id});
    }
    if (!running_ && queue_.empty()) on_hungry();
}

void MortalWorker::receive(protocol::Results& results) {
    for (const auto& item : results.items) {
        const auto found = exported_.find(item.id);
        if (found == exported_.end()) {
            if (given_up_.erase(item.id) == 0) throw std::logic_error("a result that nobody waits for");
            continue;
        }
        if (item.outcome == protocol::Outcome::cancelled) throw std::logic_error("a task was cancelled by nobody");
        const Number number = found->second;
        Task& task = tasks_.at(number);
        (item.id == task.copied_as ? task.copied_as : task.exported_as).reset();
        exported_.erase(found);
        give_up(task.exported_as);
        give_up(task.copied_as);
        const auto [count, marks] = numbers_of(item.payload.view());
        task.sum = {count, marks};
        complete(number);
    }
}

void MortalWorker::receive(protocol::Lost& lost) {
    if (lost.loss.is_final) throw std::logic_error("a task was given up: " + lost.loss.reason);
    for (const auto& id : lost.ids) {
        const auto found = exported_.find(id);
        if (found == exported_.end()) {
            if (given_up_.erase(id) == 0) throw std::logic_error("a task was lost that is not away");
            continue;
        }
        Task& task = tasks_.at(found->second);
        (id == task.copied_as ? task.copied_as : task.exported_as).reset();
        if (!task.exported_as) std::swap(task.exported_as, task.copied_as);
        if (task.exported_as) {  // the other one goes on alone
            exported_.erase(found);
            continue;
        }
        task.state = State::queued;
        ++task.attempt;
        queue_.push_front(found->second);
        exported_.erase(found);
        if (std::exchange(is_armed_, false)) try_export(false);
    }
}

void MortalWorker::receive(protocol::RanksDown& down) {
    std::vector<Number> orphans;
    for (const auto& [id, number] : received_)
        if (std::ranges::count(down.ranks, id.owner) != 0) orphans.push_back(number);
    for (const Number number : orphans) {
        received_.erase(*tasks_.at(number).received_as);
        cancel(number);
    }
}

void MortalWorker::receive(protocol::Cancel& cancelled) {
    protocol::Results answers;
    for (const auto& id : cancelled.ids) {
        const auto found = received_.find(id);
        if (found == received_.end()) continue;
        const Number number = found->second;
        // One that has begun is answered when it ends.
        if (tasks_.at(number).state == State::queued) {
            answers.items.push_back({.id = id, .outcome = protocol::Outcome::cancelled, .payload = {}});
            received_.erase(found);
        }
        cancel(number);
    }
    if (!answers.items.empty()) surroundings_.send(answers);
}

template <class Other>
void MortalWorker::receive(Other&) {
    throw std::logic_error("a worker does not expect this message");
}

}  // namespace scoop::simulation
