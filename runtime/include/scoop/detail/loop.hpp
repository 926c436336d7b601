// Loop: one loop over many elements in progress, and how it is spread; without the types of its function, input and
// results, which LoopState (loop_state.hpp) adds.
//
// A map is one splittable range, not one task per element, and so are a reduction and a scan. A stretch of it runs as a
// loop on the compute thread; while it runs, the comm thread may split off the far half of what has not started and
// send it to another worker as one message; when the loop's fiber is set aside, what it had not started becomes a task
// of its own. On another worker the stretch is again a loop over what arrived, so it can be split further, to any
// depth. From there results come back in parts while the stretch still runs: whoever reads them need not wait for its
// end, and if that worker is lost only what has not come is run again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scoop/archive.hpp"
#include "scoop/detail/light_fence.hpp"
#include "scoop/detail/loop_progress.hpp"
#include "scoop/detail/runtime.hpp"

namespace scoop::detail {

class StretchRun;

class Loop : public LoopProgress, public std::enable_shared_from_this<Loop> {
public:
    /// What is of use to whoever waits: every element as soon as it is done, or only whole stretches.
    enum class Publishes { elements, stretches };

    virtual ~Loop() = default;

    [[nodiscard]] std::size_t count() const { return count_; }

    /// Makes the task that runs [begin, end) and queues it on the calling thread.
    void start(std::size_t begin, std::size_t end);
    /// The same for all elements of a map, without those that the journal has results of, if one is kept.
    void start_all();
    /// Waits for element i and decodes what has arrived meanwhile; the end of the elements that are ready from i on.
    /// For an ascending i. Throws CancelledError when it will not come.
    std::size_t wait_for(std::size_t i);
    void wait_for_all();
    /// Whether something has arrived.
    bool decode_arrivals();
    void throw_if_ended() const;

    /// For a loop made of another worker's message: runs all elements and gives their results, parts of them before.
    void answer(ByteSink& result, PartSink& parts);

protected:
    Loop(const FunctionEntry& entry, Publishes publishes, std::size_t count);

    /// Runs what `stretch` hands out, in the order of the elements.
    virtual void run_elements(StretchRun& stretch) = 0;
    virtual void write_arguments(OutputArchive& archive, std::size_t begin, std::size_t end) const = 0;
    virtual void write_results(OutputArchive& archive, std::size_t begin, std::size_t end) = 0;
    virtual void read_results(InputArchive& archive, std::size_t begin, std::size_t end) = 0;
    /// Puts the result of element i in place that an earlier run has recorded; false if it cannot be read.
    virtual bool restore(std::size_t i, std::string_view bytes) = 0;
    /// These elements could not be run.
    virtual void fail(std::size_t begin, std::size_t end, const std::exception_ptr& error) = 0;

private:
    friend class StretchRun;
    /// Some elements of a stretch, counted from its begin, as their results travel: all of these first, then the
    /// results.
    struct Piece {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint32_t rank = 0;
        template <class Archive>
        void serialize(Archive& archive) {
            archive(begin, end, rank);
        }
    };
    struct Stretch;
    class LateParts;

    void run_stretch(std::size_t begin, std::size_t end);
    Block& make_stretch(std::size_t begin, std::size_t end);
    void read_piece(const Piece& piece, std::size_t stretch_begin, std::vector<Interval>& missing,
                    InputArchive& archive);
    void write_pieces(ByteSink& sink);
    void write_pieces(ByteSink& sink, const std::vector<RanBy>& finished);
    void send_part(TimePoint now);
    bool send_finished();
    void on_answer(Arrival arrival);
    [[nodiscard]] bool restore_recorded(std::size_t i, std::string& room);

    const FunctionEntry& entry_;
    const Publishes publishes_;
    const std::size_t count_;
    PartSink* parts_ = nullptr;  // of a stretch for another worker; set before it runs
    TimePoint part_sent_ = std::chrono::steady_clock::now();
};

/// A stretch that runs, on the compute thread. Its elements are claimed in blocks, so that taking a block costs little
/// beside running it; what is not claimed yet others may take.
class StretchRun final : public RunningLoop {
public:
    StretchRun(Loop& loop, std::size_t begin, std::size_t end);
    ~StretchRun() override;

    [[nodiscard]] std::size_t begin() const { return base_; }
    /// Ends the last block and claims the next; false when nothing is left, or the loop was cancelled.
    [[nodiscard]] bool next_block();
    /// Of the claimed block; false at its end, or when the loop was cancelled. The element before is done.
    [[nodiscard]] bool has_element() {
        if (tells_elements_) {
            marks_.reached.store(position_, std::memory_order_release);
            light_fence();
            if (loop_.is_awaited(marks_)) [[unlikely]]
                loop_.publish(marks_);
        }
        return position_ < block_end_ && !loop_.is_cancelled();
    }
    std::size_t next_element() { return position_++; }
    /// All claimed elements are through.
    [[nodiscard]] bool is_complete() const { return !loop_.is_cancelled(); }
    /// Elements before this one are through.
    [[nodiscard]] std::size_t reached() const { return position_; }
    void publish_rest();

    void on_park() override;
    [[nodiscard]] bool can_split() const override;
    Block* try_split(std::size_t elements_max) override;

private:
    bool claim();
    void end_block();

    Loop& loop_;
    const bool tells_elements_;
    const std::size_t base_;
    std::atomic<std::uint64_t> unclaimed_;  // relative to base_: next in the high half, end in the low half
    std::size_t position_;                  // the next element of the claimed block
    std::size_t block_end_;                 // shrinks to the position when the fiber is set aside in mid-block
    StretchMarks marks_;
    std::size_t block_size_ = 1;
    bool has_block_ = false;
    TimePoint block_began_ = std::chrono::steady_clock::now();
};

/// How many elements a message for a stretch announces. Throws SerializationError.
[[nodiscard]] std::size_t read_stretch_size(InputArchive& archive);

/// Cancels a loop when its results are dropped, and waits until nobody reads its input.
class LoopOwner {
public:
    explicit LoopOwner(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}
    LoopOwner(LoopOwner&&) noexcept = default;
    LoopOwner& operator=(LoopOwner&&) = delete;
    ~LoopOwner() {
        if (loop_ != nullptr && loop_->left() != 0) loop_->cancel_and_wait();
    }
    [[nodiscard]] const std::shared_ptr<Loop>& get() const { return loop_; }
    Loop* operator->() const { return loop_.get(); }

private:
    std::shared_ptr<Loop> loop_;  // shared with the stretches that are not finished
};

}  // namespace scoop::detail
