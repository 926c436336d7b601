// MapSource: the results of a map as its reader sees them, without the types of function and input.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "scoop/detail/completion_queue.hpp"
#include "scoop/detail/loop_window.hpp"
#include "scoop/detail/map_input.hpp"
#include "scoop/detail/map_slots.hpp"
#include "scoop/future.hpp"
#include "scoop/submit.hpp"

namespace scoop::detail {

/// One element of a map that is done: its value, or what it threw.
template <class Value>
struct FinishedElement {
    std::size_t index = 0;
    std::uint32_t rank = 0;
    std::variant<std::exception_ptr, Value> outcome;
};

/// One reader on one thread. Read either by position, in ascending order, or as elements finish.
template <class Value>
class MapSource {
public:
    MapSource() = default;
    virtual ~MapSource() = default;
    MapSource(const MapSource&) = delete;
    MapSource& operator=(const MapSource&) = delete;

    /// Whether there is an element i; pulls input. Throws what the input threw, once its elements are through.
    [[nodiscard]] bool has(std::size_t i) { return i < ready_end_ || find(i); }
    /// Waits for it, takes the value or throws what it threw.
    Value take(std::size_t i) { return i < ready_end_ ? ready_->take(i - ready_offset_) : wait_and_take(i); }
    /// Waits for the next one to finish; nothing at the end. Throws TimeoutError.
    virtual std::optional<FinishedElement<Value>> take_finished(TimePoint deadline) = 0;

protected:
    virtual bool find(std::size_t i) = 0;
    virtual Value wait_and_take(std::size_t i) = 0;
    /// Elements before `end` are ready; element i is in the slot i - offset. They stay until one from `end` on is asked
    /// for.
    void set_ready(MapSlots<Value>& slots, std::size_t offset, std::size_t end) {
        ready_ = &slots;
        ready_offset_ = offset;
        ready_end_ = end;
    }

private:
    MapSlots<Value>* ready_ = nullptr;
    std::size_t ready_offset_ = 0;
    std::size_t ready_end_ = 0;
};

/// The elements of each part as one splittable loop.
template <auto F, class CallType, class Input>
class LoopSource final : public MapSource<typename CallType::Value>, LoopWindow {
    using Value = typename CallType::Value;
    using State = LoopState<MapSpec<F, CallType>, typename Input::Columns>;

public:
    LoopSource(Input input, ReadBy read_by) : LoopWindow(read_by), input_(std::move(input)) { open(); }

    std::optional<FinishedElement<Value>> take_finished(TimePoint deadline) override {
        const auto place = next_finished(deadline);
        if (!place) {
            input_.throw_if_failed();
            return std::nullopt;
        }
        FinishedElement<Value> element{place->first + place->index, place->rank, {}};
        if (auto error = slots(*place->loop).error(place->index)) {
            element.outcome.template emplace<0>(std::move(error));
        } else {
            element.outcome.template emplace<1>(slots(*place->loop).take(place->index));
        }
        return element;
    }

private:
    static MapSlots<Value>& slots(Loop& loop) { return static_cast<State&>(loop).sink(); }
    bool find(std::size_t i) override {
        if (LoopWindow::has(i)) return true;
        input_.throw_if_failed();
        return false;
    }
    Value wait_and_take(std::size_t i) override {
        const Run run = wait_for(i);
        this->set_ready(slots(*run.loop), i - run.index, run.end);
        return slots(*run.loop).take(run.index);
    }
    std::size_t size_of(std::size_t elements_read) const override { return input_.window(elements_read); }
    std::shared_ptr<Loop> next_part(std::size_t elements_read) override {
        auto part = input_.next(input_.part_size(elements_read));
        if (!part) return nullptr;
        return std::make_shared<State>(std::move(part->columns), part->offset, part->count);
    }

    Input input_;
};

/// The task of an element. A fixed value goes along as its handle where the function can read it through that.
template <class CallType>
struct ElementTask;
template <auto F, class... P>
struct ElementTask<Call<F, Parameters<P...>>> {
    template <class... Column>
    static auto submit(Block& parent, std::unique_ptr<KeptOptions> options, std::size_t i, const Column&... column) {
        return submit_under<F>(&parent, std::move(options), argument<P>(column, i)...);
    }

private:
    template <class Param, class Column>
    static decltype(auto) argument(const Column& column, std::size_t i) {
        constexpr bool says_what_it_takes = Signature<std::remove_const_t<decltype(F)>>::known;
        if constexpr (requires { column.shared(); } && says_what_it_takes) {
            if constexpr (is_from_shared<typename ParameterFor<Param, std::decay_t<decltype(column.shared())>>::Type>) {
                return column.shared();
            } else {
                return column.at(i);
            }
        } else {
            return column.at(i);
        }
    }
};

/// Each element as a task of its own, for maps with TaskOptions: retries and timeouts are those of a task.
template <auto F, class CallType, class Input>
class TaskSource final : public MapSource<typename CallType::Value> {
    using Value = typename CallType::Value;
    using R = result_t<CallType>;

public:
    TaskSource(Input input, TaskOptions options) : input_(std::move(input)), options_(std::move(options)) {
        if (options_.speculative) times_ = std::make_shared<CallTimes>();
        open_window();
    }

    std::optional<FinishedElement<Value>> take_finished(TimePoint deadline) override {
        open_window();
        if (read_ == started_) {
            input_.throw_if_failed();
            return std::nullopt;
        }
        const auto i = finished_.next(deadline);
        if (!i) throw TimeoutError("scoop: no element of the map was done in time");
        ++read_;
        Future<R>& task = tasks_[*i - first_];
        FinishedElement<Value> element{*i, FutureAccess::executor(task).value_or(this_rank()), {}};
        try {
            element.outcome.template emplace<1>(value_of(task));
        } catch (...) {
            element.outcome.template emplace<0>(std::current_exception());
        }
        for (; !tasks_.empty() && !tasks_.front().valid(); tasks_.pop_front()) ++first_;
        return element;
    }

private:
    static constexpr std::size_t window_tasks = 4096;

    bool find(std::size_t i) override {
        read_ = std::max(read_, i);
        open_window();
        if (i < started_) return true;
        input_.throw_if_failed();
        return false;
    }
    Value wait_and_take(std::size_t i) override {
        for (; first_ < i; ++first_, tasks_.pop_front())
            if (tasks_.front().valid()) tasks_.front().wait();  // otherwise it was read
        return value_of(tasks_.front());
    }

    static Value value_of(Future<R>& task) {
        if constexpr (std::is_void_v<R>) {
            task.get();
            return {};
        } else {
            return task.get();
        }
    }
    void open_window() {
        while (!has_ended_ && started_ - read_ < std::min(window_tasks, input_.window(read_))) {
            const auto part = input_.next(std::min(window_tasks / 4, input_.part_size(read_)));
            if (!part) {
                has_ended_ = true;
                return;
            }
            for (std::size_t i = part->offset; i < part->offset + part->count; ++i) {
                auto options = std::make_unique<KeptOptions>(options_);
                options->is_of_map = true;
                options->times = times_;
                tasks_.push_back(std::apply(
                    [&](const auto&... column) {
                        return ElementTask<CallType>::submit(scope_.block(), std::move(options), i, column...);
                    },
                    *part->columns));
                finished_.watch(FutureAccess::block(tasks_.back()), started_++);
            }
        }
    }

    Input input_;
    const TaskOptions options_;
    std::shared_ptr<CallTimes> times_;  // shared with its tasks; null unless they are speculative
    Scope scope_;
    std::deque<Future<R>> tasks_;  // from element first_ on
    CompletionQueue finished_;
    std::size_t first_ = 0;
    std::size_t started_ = 0;
    std::size_t read_ = 0;
    bool has_ended_ = false;
};

}  // namespace scoop::detail
