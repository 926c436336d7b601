#include "worker/remote_task.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <utility>

#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/runtime.hpp"
#include "scoop/detail/task.hpp"
#include "scoop/error.hpp"
#include "worker/alarms.hpp"
#include "worker/bytes_sink.hpp"
#include "worker/cancel.hpp"
#include "worker/compute.hpp"
#include "worker/function_table.hpp"
#include "worker/overdue.hpp"

namespace scoop::worker {

namespace {

// The numbers of the public header are those of the wire.
static_assert(static_cast<int>(detail::RemoteOutcome::value) == static_cast<int>(protocol::Outcome::value) &&
              static_cast<int>(detail::RemoteOutcome::exception) == static_cast<int>(protocol::Outcome::exception) &&
              static_cast<int>(detail::RemoteOutcome::function_not_found) ==
                  static_cast<int>(protocol::Outcome::function_not_found) &&
              static_cast<int>(detail::RemoteOutcome::cancelled) == static_cast<int>(protocol::Outcome::cancelled) &&
              static_cast<int>(detail::RemoteOutcome::part) == static_cast<int>(protocol::Outcome::part) &&
              static_cast<int>(detail::RemoteOutcome::timed_out) == static_cast<int>(protocol::Outcome::timed_out));

// A part goes the way of the results.
struct PartsOfRemoteTask final : detail::PartSink {
    PartsOfRemoteTask(const base::TaskId& id, ResultSink& sink) : id_(id), sink_(sink) {}
    void send(const std::function<void(detail::ByteSink&)>& write) override {
        BytesSink part;
        write(part);
        sink_.on_remote_part({.id = id_, .outcome = protocol::Outcome::part, .payload = part.take()});
    }

private:
    const base::TaskId id_;
    ResultSink& sink_;
};

struct RemoteTask {
    using Place = detail::InBlock<RemoteTask>;
    protocol::TaskItem item;
    ResultSink* sink;

    static void run(detail::Block& block) noexcept {
        RemoteTask& self = Place::get(block);
        self.sink->on_remote_started(self.item.function);
        const auto before = std::chrono::steady_clock::now();
        protocol::ResultItem result{.id = self.item.id, .outcome = protocol::Outcome::value, .payload = {}};
        if (const auto* entry = find_function(self.item.function)) {
            RemoteExecution execution{.id = self.item.id};
            Compute::current()->begin_remote(execution);
            self.execute(*entry, block, result);
            Compute::current()->end_remote(execution);
        } else {
            result.outcome = protocol::Outcome::function_not_found;
            result.payload = detail::this_host();
        }
        const auto elapsed = std::chrono::steady_clock::now() - before;
        // One whose time was up is answered by set_timeout; what it returned, being told to stop, comes too late.
        const bool is_too_late = (block.word.load(std::memory_order_acquire) & detail::timed_out_flag) != 0;
        if (!is_too_late) {
            self.sink->on_remote_finished(
                std::move(result), self.item.function,
                static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count()));
        }
        detail::complete(block);
    }
    void execute(const detail::FunctionEntry& entry, detail::Block& block, protocol::ResultItem& result) {
        if (item.timeout_ms != 0) set_timeout(block);
        PartsOfRemoteTask parts(item.id, *sink);
        for (std::uint32_t retries = item.retries;; --retries) {
            try {
                BytesSink value;
                entry.execute(item.arguments.view(), value, parts);
                result.payload = value.take();
                return;
            } catch (...) {
                if (retries == 0 || detail::is_cancelled(block)) {
                    result.outcome = protocol::Outcome::exception;
                    result.payload =
                        detail::encode_exception(std::current_exception(), detail::this_host(), detail::this_rank());
                    return;
                }
                ++block.attempt;
            }
        }
    }
    // The owner learns of it at once, whatever the task goes on doing.
    void set_timeout(detail::Block& block) {
        const auto end = base::Clock::now() + std::chrono::milliseconds(item.timeout_ms);
        Alarms::of_process().set(end, [task = detail::reference(block), id = item.id, sink = sink] {
            const auto ended = cancel_tree(task, detail::timed_out_flag);
            if (detail::is_over(ended.before)) return;
            sink->on_remote_ended_early({.id = id, .outcome = protocol::Outcome::timed_out, .payload = {}},
                                        ended.export_numbers);
        });
        if (item.kill_after_ms != 0) kill_if_overdue(block, end + std::chrono::milliseconds(item.kill_after_ms));
    }

    // Handed on as it came: whoever exports it takes the item itself (remote_item).
    static void write_arguments(detail::Block& block, detail::ByteSink& sink) {
        const std::string_view arguments = Place::get(block).item.arguments.view();
        sink.append(arguments.data(), arguments.size());
    }
    // Nobody here waits for it: its owner was told by the result or will be by the broker.
    static void accept(detail::Block& block, detail::RemoteAnswer&&) noexcept { detail::complete(block); }
    static void fail(detail::Block& block) noexcept { detail::complete(block); }
    static std::uint64_t function(const detail::Block& block) noexcept {
        return Place::get(const_cast<detail::Block&>(block)).item.function;
    }
    static std::string_view name(const detail::Block& block) noexcept {
        const auto* entry = find_function(function(block));
        return entry != nullptr ? entry->name : "an unknown function";
    }
    static detail::TaskLimits limits(const detail::Block& block) noexcept {
        const auto& item = Place::get(const_cast<detail::Block&>(block)).item;
        return {item.priority, item.retries, item.timeout_ms, item.kill_after_ms, item.needs};
    }
    static constexpr detail::TaskType type{&run,  &write_arguments, &accept, &fail, &Place::destroy, &function,
                                           &name, nullptr,          &limits};
};

}  // namespace

detail::TaskRef make_remote_task(protocol::TaskItem item, ResultSink& sink) {
    detail::Block& block = RemoteTask::Place::allocate();
    block.attempt = item.attempt;
    RemoteTask::Place::construct(block, std::move(item), &sink);
    block.type = &RemoteTask::type;
    detail::release(block);
    detail::publish(block);
    return detail::reference(block);
}

protocol::TaskItem* remote_item(detail::Block& block) {
    return block.type == &RemoteTask::type ? &RemoteTask::Place::get(block).item : nullptr;
}

}  // namespace scoop::worker
