// LoopProgress: what of a loop over many elements (a map, a reduction, a scan) is known without its types: how many
// elements are left, who waits for which, who reads the input, who has run what. Any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scoop/detail/recorded.hpp"
#include "scoop/detail/runtime.hpp"

namespace scoop::worker {
struct AwaitedTask;
}

namespace scoop::detail {

class LoopProgress;

/// Elements [begin, end), and who has run them.
struct RanBy {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint32_t rank = 0;
};

/// How often a reader of results is woken. That costs as much as a short task, and takes the processor from who runs
/// them: a reader that is woken again and again for a few elements naps now and then, and finds many at once.
class ReaderPace {
public:
    /// For one that has read `count` elements and must wait: until when it need not be told of single ones, if so.
    [[nodiscard]] std::optional<TimePoint> nap(std::size_t count);
    void note_woken();

private:
    TimePoint woken_;
    std::size_t count_ = 0;
};

/// Wakes the one who waits for any of several loops: number(), announce(), a look at the loops, wait_beyond(number).
class News {
public:
    [[nodiscard]] std::uint64_t number();
    /// From now on every element is told as soon as it is done.
    void announce();
    /// Waits for a ring after the one of that number; false if the time was up first. Throws Error if none can ever
    /// come, since all that is left of the loops waits for the caller.
    [[nodiscard]] bool wait_beyond(std::uint64_t number, TimePoint deadline);
    /// One of the loops, as long as it lives.
    void add(const LoopProgress& loop);
    void remove(const LoopProgress& loop);
    void ring();
    [[nodiscard]] bool is_awaited() const { return is_awaited_.load(std::memory_order_relaxed); }

private:
    struct AnyElement;

    std::mutex mutex_;  // before those of the loops
    std::vector<const LoopProgress*> loops_;
    Parking* waiting_ = nullptr;
    std::uint64_t number_ = 0;
    std::atomic<bool> is_awaited_{false};
};

/// How far a stretch is that runs: elements [published, reached) are done and not yet told to anybody. Whoever runs it
/// writes `reached`; `published` is changed under the lock of the loop.
struct StretchMarks {
    std::atomic<std::size_t> published;
    std::atomic<std::size_t> reached;
};

class LoopProgress {
public:
    struct Interval {
        std::size_t begin = 0;
        std::size_t end = 0;
    };
    struct Arrival {  ///< what another worker answered for a stretch, not yet decoded
        std::size_t stretch_begin = 0;
        std::vector<Interval> elements;  ///< those that are settled by it
        RemoteAnswer answer;
    };

    /// A stretch that is not over; in the list of its loop.
    struct OpenStretch {
        TaskRef task;
        OpenStretch* previous = nullptr;
        OpenStretch* next = nullptr;
    };

    /// The name of what is called lives as long as the process.
    LoopProgress(std::size_t count, std::string_view name) : name_(name), left_(count) {}
    ~LoopProgress();
    LoopProgress(const LoopProgress&) = delete;
    LoopProgress& operator=(const LoopProgress&) = delete;

    [[nodiscard]] Block& scope() { return scope_.block(); }
    [[nodiscard]] bool is_cancelled() const { return scope_.is_cancelled(); }
    /// From now on it is kept who has run which elements, for take_finished; ready_end is of no use then. Before the
    /// loop starts.
    void record_executors() { records_executors_ = true; }
    /// Rung whenever something is published, arrives, or the loop is cancelled. Before the loop starts.
    void tell(std::shared_ptr<News> news);
    /// What was published since the last call, in the order in which it was. Throws nothing.
    [[nodiscard]] std::vector<RanBy> take_finished();

    /// From before a stretch is queued until its task is destroyed.
    void add(OpenStretch& stretch);
    void remove(OpenStretch& stretch);
    /// Appends the stretches that are not over.
    void list_open(std::vector<worker::AwaitedTask>& tasks) const;

    /// Before anybody reads the input; false once the loop is cancelled. Every true is followed by leave_input().
    [[nodiscard]] bool enter_input();
    void leave_input();
    /// No more elements are started from now on; returns when nobody reads the input any more.
    void cancel_and_wait();

    /// Elements [begin, end) are in place, or were arrived and decoded. An empty interval has no effect.
    void publish(std::size_t begin, std::size_t end, std::uint32_t rank);
    /// The same for what a running stretch has done since the last time.
    void publish(StretchMarks& stretch);
    /// Between the two, whoever wants an element of this stretch finds it as soon as it is reached.
    void enter(StretchMarks& stretch);
    void leave(StretchMarks& stretch);
    /// Whether somebody sleeps until there is what this stretch has done. A light fence after `reached` was written.
    [[nodiscard]] bool is_awaited(const StretchMarks& stretch) const {
        const std::size_t published = stretch.published.load(std::memory_order_relaxed);
        const std::size_t done = stretch.reached.load(std::memory_order_relaxed) - published;
        return awaited_.load(std::memory_order_relaxed) - published < done ||
               (news_ != nullptr && done > 0 && news_->is_awaited());
    }
    void arrive(Arrival arrival);
    [[nodiscard]] std::vector<Arrival> take_arrivals();

    /// The end of the elements that are ready from i on; i if that one is not. For an ascending i.
    [[nodiscard]] std::size_t ready_end(std::size_t i);
    /// One turn of waiting for element i, or for all of them (i = everything): returns at once if it is ready or
    /// something has arrived, otherwise when one of these is so or the loop was cancelled. Throws Error if none of it
    /// can ever be, since all that is left of the loop waits for the caller.
    static constexpr std::size_t everything = static_cast<std::size_t>(-1);
    void wait_for_news(std::size_t i);
    /// The key in the journal of each element; null when they are not recorded.
    [[nodiscard]] const CallKey* keys() const { return keys_.empty() ? nullptr : keys_.data(); }
    [[nodiscard]] std::size_t left() const { return left_.load(std::memory_order_acquire); }

    void keep_error(std::size_t i, std::exception_ptr error);
    /// Whether any element has one.
    [[nodiscard]] bool has_errors() const { return has_errors_.load(std::memory_order_acquire); }
    [[nodiscard]] std::exception_ptr error(std::size_t i);
    /// Those of [begin, end), by element.
    [[nodiscard]] std::vector<std::pair<std::size_t, std::exception_ptr>> errors(std::size_t begin, std::size_t end);

protected:
    /// Before the elements that they belong to are started.
    std::vector<CallKey> keys_;

private:
    // With the lock.
    void collect();
    void collect(StretchMarks& stretch);
    void note(std::size_t begin, std::size_t end, std::uint32_t rank);
    [[nodiscard]] std::size_t known_ready_end(std::size_t i) const;
    [[nodiscard]] bool has_news_of(std::size_t i) const;
    void wake();

    enum class ToldOf { elements, stretches };
    [[nodiscard]] bool await(std::size_t i, ToldOf told_of, Parking& parking);
    void await_no_more();
    [[nodiscard]] bool some_stretch_runs();
    /// Why the wait would never end, if it was found to be so.
    [[nodiscard]] std::string wait_unless_cancelled(std::size_t i, Parking& parking, TimePoint deadline);
    [[nodiscard]] bool can_stop_waiting(std::size_t i);

    struct ElementWait;
    struct ClosingWait;
    struct CancelWaiter : Waiter {
        News* news = nullptr;
    };

    const std::string_view name_;
    std::shared_ptr<News> news_;  // owned by the reader and its loops
    CancelWaiter cancel_waiter_;
    Scope scope_;  // after what it tells when it ends
    std::atomic<std::size_t> left_;
    static constexpr std::size_t nothing = static_cast<std::size_t>(-2);
    std::atomic<std::size_t> awaited_{nothing};  // an element that is told as soon as it is reached, or everything
    std::atomic<bool> has_errors_{false};
    bool records_executors_ = false;

    mutable std::mutex mutex_;
    OpenStretch* open_ = nullptr;
    Parking* waiting_ = nullptr;
    std::size_t wanted_ = nothing;  // by who waits: an element, or everything
    ReaderPace pace_;               // of the one who waits
    Parking* closing_ = nullptr;
    std::size_t readers_ = 0;
    std::vector<StretchMarks*> running_;
    std::vector<Arrival> arrivals_;
    std::vector<RanBy> finished_;
    std::map<std::size_t, std::size_t> ready_;  // begin → end; without what was read
    std::map<std::size_t, std::exception_ptr> errors_;
};

/// Keeps one of the two: the waiting for a task's end and the parking that it ends.
struct ParkingWaiter : Waiter {
    explicit ParkingWaiter(Parking& to_be_ended) : parking(to_be_ended) {
        notify = [](Waiter& self) noexcept { static_cast<ParkingWaiter&>(self).parking.notify(); };
    }
    Parking& parking;
};

}  // namespace scoop::detail
