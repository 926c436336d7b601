// MapSource: the results of a map as its reader sees them, without the types of function and input.
//
// The input is taken in parts, and only so many elements are under way as the window allows; the reader's progress opens
// it. So a map over an endless or a huge range takes a bounded amount of memory, and stops when nobody reads it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "scoop/detail/completion_queue.hpp"
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

    /// Whether there is an element i; pulls input.
    virtual bool has(std::size_t i) = 0;
    /// Waits for it, takes the value or throws what it threw.
    virtual Value take(std::size_t i) = 0;
    /// Waits for the next one to finish; nothing at the end. Throws TimeoutError.
    virtual std::optional<FinishedElement<Value>> take_finished(TimePoint deadline) = 0;
};

enum class ReadBy { position, completion };

/// The elements of each part as one splittable loop.
template <auto F, class CallType, class Input>
class LoopSource final : public MapSource<typename CallType::Value> {
    using Value = typename CallType::Value;
    using State = LoopState<MapSpec<F, CallType>, typename Input::Columns>;

public:
    LoopSource(Input input, ReadBy read_by) : input_(std::move(input)), news_(std::make_shared<News>()), read_by_(read_by) {
        require_job();
        open_window();
    }

    bool has(std::size_t i) override {
        read_ = std::max(read_, i);
        open_window();
        return i < started_;
    }
    Value take(std::size_t i) override {
        // Parts that the reader has passed by without looking come to their end first: their results are not wanted, but
        // what they do may be.
        for (; i >= parts_.front().first + parts_.front().state->count(); parts_.pop_front()) parts_.front().state->wait_for_all();
        Part& part = parts_.front();
        part.state->wait_for(i - part.first);
        return part.state->sink().take(i - part.first);
    }
    std::optional<FinishedElement<Value>> take_finished(TimePoint deadline) override {
        for (;;) {
            open_window();
            const std::uint64_t number = news_->number();
            for (auto part = parts_.begin(); part != parts_.end(); ++part) {
                if (auto element = next_finished(*part)) {
                    ++read_;
                    if (part->delivered == part->state->count()) parts_.erase(part);
                    return element;
                }
            }
            if (parts_.empty()) return std::nullopt;
            if (!news_->wait_beyond(number, deadline)) throw TimeoutError("scoop: no element of the map was done in time");
        }
    }

private:
    struct Part {
        std::size_t first;
        LoopOwner<State> state;
        std::deque<RanBy> finished = {};  ///< not delivered yet
        std::size_t delivered = 0;
    };

    void open_window() {
        while (!has_ended_ && started_ - read_ < input_.window(read_)) {
            auto part = input_.next(input_.part_size(read_));
            if (!part) {
                has_ended_ = true;
                return;
            }
            auto state = std::make_shared<State>(std::move(part->columns), part->offset, part->count);
            if (read_by_ == ReadBy::completion) {
                state->record_executors();
                state->tell(news_);
            }
            parts_.push_back({started_, LoopOwner<State>(state)});
            started_ += part->count;
            state->start(0, part->count);
        }
    }

    std::optional<FinishedElement<Value>> next_finished(Part& part) {
        State& state = *part.state;
        if (part.finished.empty()) {
            (void)state.decode_arrivals();
            for (const RanBy& ran_by : state.take_finished()) part.finished.push_back(ran_by);
        }
        if (part.finished.empty()) {
            state.throw_if_ended();
            return std::nullopt;
        }
        RanBy& next = part.finished.front();
        const std::size_t i = next.begin++;
        FinishedElement<Value> element{part.first + i, next.rank, {}};
        if (next.begin == next.end) part.finished.pop_front();
        ++part.delivered;
        if (auto error = state.sink().error(i)) {
            element.outcome.template emplace<0>(std::move(error));
        } else {
            element.outcome.template emplace<1>(state.sink().take(i));
        }
        return element;
    }

    Input input_;
    std::shared_ptr<News> news_;
    const ReadBy read_by_;
    std::list<Part> parts_;
    std::size_t started_ = 0;  // elements
    std::size_t read_ = 0;
    bool has_ended_ = false;
};

/// Each element as a task of its own, for maps with TaskOptions: retries and timeouts are those of a task.
template <auto F, class CallType, class Input>
class TaskSource final : public MapSource<typename CallType::Value> {
    using Value = typename CallType::Value;
    using R = result_t<CallType>;

public:
    TaskSource(Input input, TaskOptions options) : input_(std::move(input)), options_(std::move(options)) {
        require_job();
        open_window();
    }

    bool has(std::size_t i) override {
        read_ = std::max(read_, i);
        open_window();
        return i < started_;
    }
    Value take(std::size_t i) override {
        for (; first_ < i; ++first_, tasks_.pop_front())
            if (tasks_.front().valid()) tasks_.front().wait();  // otherwise it was read
        return value_of(tasks_.front());
    }
    std::optional<FinishedElement<Value>> take_finished(TimePoint deadline) override {
        open_window();
        if (read_ == started_) return std::nullopt;
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
                auto options = std::make_unique<const TaskOptions>(options_);
                tasks_.push_back(std::apply(
                    [&](const auto&... column) {
                        return submit_under<F>(&scope_.block(), std::move(options), column.at(i)...);
                    },
                    *part->columns));
                finished_.watch(FutureAccess::block(tasks_.back()), started_++);
            }
        }
    }

    Input input_;
    const TaskOptions options_;
    Scope scope_;
    std::deque<Future<R>> tasks_;  // from element first_ on
    CompletionQueue finished_;
    std::size_t first_ = 0;
    std::size_t started_ = 0;
    std::size_t read_ = 0;
    bool has_ended_ = false;
};

}  // namespace scoop::detail
