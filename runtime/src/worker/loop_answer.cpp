// How the results of a loop travel: a worker answers a stretch in parts, its owner reads them; see
// scoop/detail/loop.hpp.
#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "scoop/detail/columns.hpp"
#include "scoop/detail/loop.hpp"
#include "scoop/detail/task.hpp"
#include "worker/alarms.hpp"
#include "worker/compute.hpp"

namespace scoop::detail {

namespace {

// Parts of an answer go often enough for a reader who watches, and seldom enough to cost nothing.
constexpr std::chrono::milliseconds part_period{25};
constexpr std::chrono::milliseconds late_part_period_max{400};

}  // namespace

bool Loop::decode_arrivals() {
    auto arrivals = take_arrivals();
    for (auto& arrival : arrivals) {
        auto missing = std::move(arrival.elements);
        std::exception_ptr error;
        try {
            if (arrival.answer.outcome != RemoteOutcome::part) throw_unless_value(arrival.answer, entry_.name);
            InputArchive archive(arrival.answer.payload.view());
            std::vector<Piece> pieces;
            archive(pieces);
            for (const Piece& piece : pieces) read_piece(piece, arrival.stretch_begin, missing, archive);
            if (!missing.empty())
                throw SerializationError("scoop: a worker answered a map without some of its elements");
        } catch (...) {
            error = std::current_exception();
        }
        for (const auto& [begin, end] : missing) {
            fail(begin, end, error);
            publish(begin, end, arrival.answer.rank);
        }
    }
    return !arrivals.empty();
}

// Reads the results of one piece, whose elements are then no longer missing.
void Loop::read_piece(const Piece& piece, std::size_t stretch_begin, std::vector<Interval>& missing,
                      InputArchive& archive) {
    const Interval elements{stretch_begin + piece.begin, stretch_begin + piece.end};
    const auto around = std::find_if(missing.begin(), missing.end(), [&](const Interval& interval) {
        return interval.begin <= elements.begin && elements.begin < elements.end && elements.end <= interval.end;
    });
    if (around == missing.end())
        throw SerializationError("scoop: a worker answered a map with elements that it was not given");
    read_results(archive, elements.begin, elements.end);
    const Interval before{around->begin, elements.begin};
    const Interval after{elements.end, around->end};
    missing.erase(around);
    if (before.begin < before.end) missing.push_back(before);
    if (after.begin < after.end) missing.push_back(after);
    publish(elements.begin, elements.end, piece.rank);
}

namespace {

// Shows what a strand answers, to who looks for waits that never end.
class Answering {
public:
    explicit Answering(LoopProgress& loop) : strand_(worker::Compute::current()->strand()) {
        shown_ = {strand_.execution, &loop, strand_.answers};
        strand_.answers = &shown_;
    }
    ~Answering() { strand_.answers = shown_.outer; }
    Answering(const Answering&) = delete;
    Answering& operator=(const Answering&) = delete;

private:
    worker::Strand& strand_;
    worker::AnsweringLoop shown_;
};

}  // namespace

/// Sends parts of an answer while the compute thread does not come to it, since one element takes long: what was done
/// before that element is not to wait for it. Looks ever more seldom as long as there is nothing to send.
class Loop::LateParts : public std::enable_shared_from_this<LateParts> {
public:
    explicit LateParts(Loop& loop) : loop_(&loop) {}
    void look_later() {
        worker::Alarms::of_process().set(base::Clock::now() + period_, [self = shared_from_this()] { self->look(); });
    }
    /// Nothing is sent after this; throws what has kept a part from being written.
    void end() {
        const std::lock_guard lock(mutex_);
        loop_ = nullptr;
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    }
    void abandon() noexcept {
        const std::lock_guard lock(mutex_);
        loop_ = nullptr;
    }

private:
    void look() noexcept {
        const std::lock_guard lock(mutex_);
        if (loop_ == nullptr) return;
        try {
            period_ = loop_->send_finished() ? part_period : std::min(2 * period_, late_part_period_max);
        } catch (...) {
            error_ = std::current_exception();
            return;
        }
        look_later();
    }

    std::mutex mutex_;
    Loop* loop_;  // until the answer is complete
    std::exception_ptr error_;
    std::chrono::milliseconds period_ = part_period;
};

void Loop::answer(ByteSink& result, PartSink& parts) {
    record_executors();
    const bool has_parts = publishes_ == Publishes::elements && count_ > 1;
    if (has_parts) parts_ = &parts;
    const Answering shown(*this);
    // The answer may end before the elements do, by an error or since nobody wants it: these have nobody to tell then.
    struct Guard {
        Loop& loop;
        std::shared_ptr<LateParts> late;  // shared with its alarm
        ~Guard() {
            if (late != nullptr) late->abandon();
            loop.parts_ = nullptr;
        }
    } guard{*this, has_parts ? std::make_shared<LateParts>(*this) : nullptr};
    if (has_parts) guard.late->look_later();
    run_stretch(0, count_);
    wait_for_all();
    if (has_parts) guard.late->end();
    write_pieces(result);
}

// What has been published and not been written yet.
void Loop::write_pieces(ByteSink& sink) {
    if (publishes_ == Publishes::elements) {
        write_pieces(sink, take_finished());
    } else {
        write_pieces(sink, {{0, count_, this_rank()}});
    }
}

void Loop::write_pieces(ByteSink& sink, const std::vector<RanBy>& finished) {
    std::vector<Piece> pieces;
    for (const auto& [begin, end, rank] : finished) pieces.push_back({begin, end, rank});
    OutputArchive archive(sink, SharedAs::value);
    archive(pieces);
    for (const Piece& piece : pieces) write_results(archive, piece.begin, piece.end);
}

void Loop::send_part(TimePoint now) {
    if (now - part_sent_ < part_period) return;
    part_sent_ = now;
    (void)decode_arrivals();  // what others have run of it
    if (left() == 0) return;  // the end of the stretch is at hand
    parts_->send([this](ByteSink& sink) { write_pieces(sink); });
}

bool Loop::send_finished() {
    (void)decode_arrivals();
    const auto finished = take_finished();
    if (finished.empty()) return false;
    parts_->send([&](ByteSink& sink) { write_pieces(sink, finished); });
    return true;
}

}  // namespace scoop::detail
