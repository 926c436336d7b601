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
#include <utility>
#include <vector>

#include "scoop/detail/runtime.hpp"

namespace scoop::detail {

/// Elements [begin, end), and who has run them.
struct RanBy {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint32_t rank = 0;
};

/// Wakes the one who waits for any of several loops.
class News {
public:
    /// Waits for a ring after the one of that number; false if the time was up first.
    [[nodiscard]] bool wait_beyond(std::uint64_t number, TimePoint deadline);
    [[nodiscard]] std::uint64_t number();
    void ring();

private:
    std::mutex mutex_;
    Parking* waiting_ = nullptr;
    std::uint64_t number_ = 0;
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

    explicit LoopProgress(std::size_t count) : left_(count) {}

    [[nodiscard]] Block& scope() { return scope_.block(); }
    [[nodiscard]] bool is_cancelled() const { return scope_.is_cancelled(); }
    /// From now on it is kept who has run which elements. Before the loop starts.
    void record_executors() { records_executors_ = true; }
    /// Rung whenever something is published, arrives, or the loop is cancelled. Before the loop starts.
    void tell(std::shared_ptr<News> news);
    /// What was published since the last call, in the order in which it was. Throws nothing.
    [[nodiscard]] std::vector<RanBy> take_finished();

    /// Before anybody reads the input; false once the loop is cancelled. Every true is followed by leave_input().
    [[nodiscard]] bool enter_input();
    void leave_input();
    /// No more elements are started from now on; returns when nobody reads the input any more.
    void cancel_and_wait();

    /// Elements [begin, end) are in place, or were arrived and decoded. An empty interval has no effect.
    void publish(std::size_t begin, std::size_t end, std::uint32_t rank);
    void arrive(Arrival arrival);
    [[nodiscard]] std::vector<Arrival> take_arrivals();

    /// One turn of waiting for element i, or for all of them (i = everything): returns at once if
    /// something has arrived or `is_ready` says so, otherwise when element i was published, something has arrived, or the
    /// loop was cancelled.
    static constexpr std::size_t everything = static_cast<std::size_t>(-1);
    template <class IsReady>
    void wait_for_news(std::size_t i, IsReady is_ready) {
        Parking parking;
        set_waiting(i, &parking);
        if (!has_arrivals() && !is_ready()) wait_unless_cancelled(parking);
        set_waiting(i, nullptr);
    }
    [[nodiscard]] std::size_t left() const { return left_.load(std::memory_order_seq_cst); }

    void keep_error(std::size_t i, std::exception_ptr error);
    [[nodiscard]] std::exception_ptr error(std::size_t i);

private:
    void wait_unless_cancelled(Parking& parking);
    void set_waiting(std::size_t i, Parking* parking);
    [[nodiscard]] bool has_arrivals();
    void wake(std::size_t begin, std::size_t end);

    struct CancelWaiter : Waiter {
        News* news = nullptr;
    };

    std::shared_ptr<News> news_;  // owned by the reader and its loops
    CancelWaiter cancel_waiter_;
    Scope scope_;  // after what it tells when it ends
    std::atomic<std::size_t> left_;
    std::atomic<bool> somebody_waits_{false};
    bool records_executors_ = false;

    std::mutex mutex_;
    Parking* waiting_ = nullptr;
    std::size_t waited_for_ = 0;
    Parking* closing_ = nullptr;
    std::size_t readers_ = 0;
    std::vector<Arrival> arrivals_;
    std::vector<RanBy> finished_;
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
