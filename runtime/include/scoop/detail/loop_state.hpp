// LoopState: one loop over many elements in progress: its input columns, what keeps its results (the Sink), and how it
// is spread.
//
// A map is one splittable range, not one task per element, and so are a reduction and a scan. A stretch of it runs as a
// loop on the compute thread; while it runs, the comm thread may split off the far half of what has not started and send
// it to another worker as one message; when the loop's fiber is set aside, what it had not started becomes a task of
// its own. On another worker the stretch is again a loop over what arrived, so it can be split further, to any depth.
// From there results come back in parts while the stretch still runs: whoever reads them need not wait for its end, and
// if that worker is lost only what has not come is run again.
//
// A Sink keeps the results of `count` elements:
//
//   Run run(begin)              on the compute thread, for elements that are run one after the other from `begin` on:
//     run.element(i, call)        calls `call()` and keeps what comes of it; or not, if nobody needs element i any more
//     run.end(i)                  elements before i are through
//   publishes_elements          whether single elements are of use before their run has ended
//   fail(begin, end, error)     these could not be run
//   Wire take(begin, end) / place(begin, end, Wire)   results as they travel; all of them at once, unless single ones are
//                               of use
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "scoop/detail/columns.hpp"
#include "scoop/detail/loop_progress.hpp"
#include "scoop/detail/task.hpp"

namespace scoop::detail {

/// The entry by which another worker runs a stretch: the function's own identity with the kind of loop behind its name.
template <class Spec, auto F>
FunctionEntry make_loop_entry(const std::string& kind, FunctionEntry::Execute execute) {
    const FunctionIdentity& identity = function_identity<F, typename Spec::Call::Function>();
    static const std::string name = identity.name + '[' + kind + ']';
    return {task_hash(name, identity.signature), name, identity.signature, identity.is_closure, execute};
}

/// `Spec` says what is called (Call) and what keeps its results (Sink), and has the FunctionEntry (entry,
/// is_registered).
template <class Spec, class Columns>
class LoopState : public LoopProgress, public std::enable_shared_from_this<LoopState<Spec, Columns>> {
public:
    using CallType = typename Spec::Call;
    using Sink = typename Spec::Sink;
    using Wire = typename Sink::Wire;

    /// Elements [offset, offset + count) of the columns, which are shared by all parts of a long loop.
    LoopState(std::shared_ptr<const Columns> columns, std::size_t offset, std::size_t count)
        : LoopProgress(count), columns_(std::move(columns)), offset_(offset), count_(count), sink_(*this, count) {}

    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] Sink& sink() { return sink_; }

    /// Makes the task that runs [begin, end) and queues it on the calling thread.
    void start(std::size_t begin, std::size_t end) { enqueue(make_stretch(begin, end), &this->scope()); }

    /// Runs [begin, end) here, in the order of the elements, until all of it is done or has been taken by others.
    void run_loop(std::size_t begin, std::size_t end) {
        if (!enter_input()) return;
        Loop loop(*this, begin, end);
        loop.run();
        leave_input();
    }

    /// Waits for element i and decodes what has arrived meanwhile. Throws CancelledError when it will not come.
    void wait_for(std::size_t i) {
        while (!sink_.is_ready(i)) {
            if (decode_arrivals()) continue;
            throw_if_ended();
            wait_for_news(i, [&] { return sink_.is_ready(i); });
        }
    }
    void wait_for_all() {
        while (left() != 0) {
            if (decode_arrivals()) {
                if (parts_ != nullptr) send_part(std::chrono::steady_clock::now());
                continue;
            }
            throw_if_ended();
            wait_for_news(everything, [&] { return left() == 0; });
        }
    }
    /// Whether something has arrived.
    bool decode_arrivals() {
        auto arrivals = take_arrivals();
        for (auto& arrival : arrivals) {
            auto missing = std::move(arrival.elements);
            std::exception_ptr error;
            try {
                if (arrival.answer.outcome != RemoteOutcome::part) throw_unless_value(arrival.answer, Spec::entry.name);
                InputArchive archive(arrival.answer.payload);
                std::vector<Piece> pieces;
                archive(pieces);
                for (const Piece& piece : pieces) place(piece, arrival.stretch_begin, missing, archive);
                if (!missing.empty()) throw SerializationError("scoop: a worker answered a map without some of its elements");
            } catch (...) {
                error = std::current_exception();
            }
            for (const auto& [begin, end] : missing) {
                sink_.fail(begin, end, error);
                publish(begin, end, arrival.answer.rank);
            }
        }
        return !arrivals.empty();
    }
    void throw_if_ended() const {
        if (this->is_cancelled()) throw CancelledError("scoop: " + std::string(Spec::entry.name) + " was cancelled");
    }

    /// What Spec::entry does with a message: runs its elements and waits for those that went elsewhere.
    static void execute(std::string_view bytes, std::string& result, PartSink& parts) {
        InputArchive archive(bytes);
        std::uint64_t count = 0;
        archive(count);
        if (count > stretch_elements_max) throw SerializationError("scoop: a map's message announces too many elements");
        auto loop = std::make_shared<LoopState>(std::make_shared<const Columns>(Spec::read_columns(archive, count)), 0, count);
        loop->record_executors();
        if constexpr (Sink::publishes_elements) loop->parts_ = &parts;
        loop->run_loop(0, count);
        loop->wait_for_all();
        loop->write_pieces(result);
    }

private:
    /// Some elements of a stretch, counted from its begin, as their results travel: all of these first, then their Wires.
    struct Piece {
        std::uint64_t begin = 0;
        std::uint64_t end = 0;
        std::uint32_t rank = 0;
        template <class Archive>
        void serialize(Archive& archive) {
            archive(begin, end, rank);
        }
    };

    /// A stretch as a task: run here, or written for another worker.
    struct Stretch {
        using Place = InBlock<Stretch>;
        std::shared_ptr<LoopState> loop;  // shared by whoever reads the results and every stretch that is not finished
        std::size_t begin;
        std::size_t end;
        std::vector<Interval> settled = {};  // by parts of the answer

        static void run(Block& block) noexcept {
            Stretch& self = Place::get(block);
            self.leave_out_settled();
            self.loop->run_loop(self.begin, self.end);
            complete(block);
        }
        static void write_arguments(Block& block, std::string& bytes) {
            Stretch& self = Place::get(block);
            self.leave_out_settled();
            if (!self.loop->enter_input()) throw CancelledError("scoop: the results of this map are not wanted any more");
            struct Leave {
                LoopProgress& loop;
                ~Leave() { loop.leave_input(); }
            } leave{*self.loop};
            OutputArchive archive(bytes);
            archive(static_cast<std::uint64_t>(self.end - self.begin));
            const std::size_t offset = self.loop->offset_;
            std::apply([&](const auto&... column) { (column.write(archive, offset + self.begin, offset + self.end), ...); },
                       *self.loop->columns_);
        }
        static void accept_part(Block& block, RemoteAnswer&& answer) noexcept {
            Stretch& self = Place::get(block);
            std::vector<Interval> settled;
            try {
                InputArchive archive(answer.payload);
                std::vector<Piece> pieces;
                archive(pieces);
                for (const Piece& piece : pieces)
                    if (piece.begin <= piece.end && piece.end <= self.end - self.begin)
                        settled.push_back({self.begin + piece.begin, self.begin + piece.end});
            } catch (...) {
                return;  // then the end of the stretch finds these elements missing
            }
            self.settled.insert(self.settled.end(), settled.begin(), settled.end());
            self.loop->arrive({self.begin, std::move(settled), std::move(answer)});
        }
        static void accept(Block& block, RemoteAnswer&& answer) noexcept {
            Stretch& self = Place::get(block);
            const std::size_t begin = self.begin;
            self.loop->arrive({begin, self.missing(), std::move(answer)});
            complete(block);
        }
        static void fail(Block& block) noexcept {
            Stretch& self = Place::get(block);
            for (const auto& [begin, end] : self.missing()) {
                self.loop->sink_.fail(begin, end, std::current_exception());
                self.loop->publish(begin, end, this_rank());
            }
            complete(block);
        }
        /// What no part has brought.
        std::vector<Interval> missing() {
            std::sort(settled.begin(), settled.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
            std::vector<Interval> gaps;
            std::size_t reached = begin;
            for (const Interval& interval : settled) {
                if (interval.begin > reached) gaps.push_back({reached, interval.begin});
                reached = std::max(reached, interval.end);
            }
            if (reached < end) gaps.push_back({reached, end});
            return gaps;
        }
        /// After a loss: this stretch becomes the first gap, and the others stretches of their own.
        void leave_out_settled() {
            if (settled.empty()) return;
            auto gaps = missing();
            settled.clear();
            if (gaps.empty()) gaps.push_back({begin, begin});
            begin = gaps.front().begin;
            end = gaps.front().end;
            for (std::size_t i = 1; i < gaps.size(); ++i) loop->start(gaps[i].begin, gaps[i].end);
        }
        static std::uint64_t function(const Block&) noexcept { return Spec::entry.hash; }
        static std::string_view name(const Block&) noexcept { return Spec::entry.name; }
        static constexpr TaskType type{&run, &write_arguments, &accept, &fail, &Place::destroy,
                                       &function, &name, &accept_part};
    };

    class Loop final : public RunningLoop {
    public:
        Loop(LoopState& loop, std::size_t begin, std::size_t end)
            : loop_(loop), rank_(this_rank()), base_(begin), unclaimed_(pack(0, end - begin)), run_(loop.sink_, begin) {
            enter();
        }
        ~Loop() override { leave(); }

        void run() {
            std::size_t size = 1;
            std::size_t first_unpublished = base_;
            std::size_t reached = base_;
            while (claim(size)) {
                const std::size_t first = position_;
                const auto before = std::chrono::steady_clock::now();
                // block_end_ shrinks to the position when the fiber is set aside in the middle.
                while (position_ < block_end_ && !loop_.is_cancelled()) {
                    const std::size_t i = position_++;
                    run_.element(i, [&] { return loop_.call(i); });
                }
                reached = position_;
                if constexpr (Sink::publishes_elements) {
                    loop_.publish(first, reached, rank_);
                    first_unpublished = reached;
                }
                const auto now = std::chrono::steady_clock::now();
                if (loop_.parts_ != nullptr) loop_.send_part(now);
                const auto elapsed = now - before;
                if (elapsed < block_time / 2 && size < block_elements_max) size *= 2;
                if (elapsed > block_time && size > 1) size /= 2;
                if (loop_.is_cancelled()) return;
            }
            run_.end(reached);
            loop_.publish(first_unpublished, reached, rank_);
        }

        void on_park() override {
            const std::size_t stop = std::exchange(block_end_, position_);
            if (position_ < stop) loop_.start(position_, stop);
            std::uint64_t old = unclaimed_.load(std::memory_order_relaxed);
            while (!unclaimed_.compare_exchange_weak(old, pack(end_of(old), end_of(old)))) {
            }
            if (next_of(old) < end_of(old)) loop_.start(base_ + next_of(old), base_ + end_of(old));
            leave();
        }
        bool can_split() const override {
            const std::uint64_t now = unclaimed_.load(std::memory_order_relaxed);
            return next_of(now) < end_of(now);
        }
        Block* try_split(std::size_t elements_max) override {
            std::uint64_t old = unclaimed_.load(std::memory_order_relaxed);
            std::uint64_t middle = 0;
            do {
                const std::uint64_t left = end_of(old) - next_of(old);
                if (left == 0) return nullptr;
                const std::uint64_t part = std::min<std::uint64_t>((left + 1) / 2, elements_max);
                middle = end_of(old) - part;
            } while (!unclaimed_.compare_exchange_weak(old, pack(next_of(old), middle)));
            Block& block = loop_.make_stretch(base_ + middle, base_ + end_of(old));
            detail::publish(block);
            (void)try_claim(reference(block));
            adopt(block, &loop_.scope());
            return &block;
        }

    private:
        // Elements are run in blocks of about this long, so that taking a block costs little beside running it.
        static constexpr std::chrono::microseconds block_time{20};
        static constexpr std::size_t block_elements_max = 4096;

        // What nobody has claimed yet, relative to base_: next in the high half, end in the low half.
        static constexpr std::uint64_t pack(std::uint64_t next, std::uint64_t end) { return next << 32 | end; }
        static constexpr std::uint64_t next_of(std::uint64_t word) { return word >> 32; }
        static constexpr std::uint64_t end_of(std::uint64_t word) { return word & 0xffffffffU; }

        bool claim(std::size_t size) {
            std::uint64_t old = unclaimed_.load(std::memory_order_relaxed);
            std::uint64_t taken = 0;
            do {
                const std::uint64_t left = end_of(old) - next_of(old);
                if (left == 0) return false;
                // Never more than a quarter: somebody may come for a part.
                taken = std::clamp<std::uint64_t>(left / 4, 1, size);
            } while (!unclaimed_.compare_exchange_weak(old, pack(next_of(old) + taken, end_of(old))));
            position_ = base_ + next_of(old);
            block_end_ = position_ + taken;
            return true;
        }

        LoopState& loop_;
        const std::uint32_t rank_;
        const std::size_t base_;
        std::atomic<std::uint64_t> unclaimed_;
        std::size_t position_ = 0;   // the next element of the claimed block
        std::size_t block_end_ = 0;  // compute thread only
        typename Sink::Run run_;
    };

    typename CallType::Value call(std::size_t i) const {
        using Arguments = typename CallType::Arguments;
        Arguments arguments =
            std::apply([this, i](const auto&... column) { return Arguments(column.at(offset_ + i)...); }, *columns_);
        return CallType::invoke(arguments);
    }

    Block& make_stretch(std::size_t begin, std::size_t end) {
        (void)Spec::is_registered;
        Block& block = *allocate_block();
        Stretch::Place::construct(block, this->shared_from_this(), begin, end);
        block.type = &Stretch::type;
        release(block);  // no future: the block goes when the stretch is done
        return block;
    }

    // Reads the results of one piece, whose elements are then no longer missing.
    void place(const Piece& piece, std::size_t stretch_begin, std::vector<Interval>& missing, InputArchive& archive) {
        Wire wire;
        archive(wire);
        const Interval elements{stretch_begin + piece.begin, stretch_begin + piece.end};
        const auto around = std::find_if(missing.begin(), missing.end(), [&](const Interval& interval) {
            return interval.begin <= elements.begin && elements.begin < elements.end && elements.end <= interval.end;
        });
        if (around == missing.end())
            throw SerializationError("scoop: a worker answered a map with elements that it was not given");
        sink_.place(elements.begin, elements.end, std::move(wire));
        const Interval before{around->begin, elements.begin};
        const Interval after{elements.end, around->end};
        missing.erase(around);
        if (before.begin < before.end) missing.push_back(before);
        if (after.begin < after.end) missing.push_back(after);
        publish(elements.begin, elements.end, piece.rank);
    }

    // What has been published and not been written yet.
    void write_pieces(std::string& bytes) {
        std::vector<Piece> pieces;
        if constexpr (Sink::publishes_elements) {
            for (const auto& [begin, end, rank] : take_finished()) pieces.push_back({begin, end, rank});
        } else {
            pieces.push_back({0, count_, this_rank()});
        }
        OutputArchive archive(bytes, SharedAs::value);
        archive(pieces);
        for (const Piece& piece : pieces) archive(sink_.take(piece.begin, piece.end));
    }
    void send_part(TimePoint now) {
        if (now - part_sent_ < part_period) return;
        part_sent_ = now;
        if (left() == 0) return;  // the end of the stretch is at hand
        std::string part;
        write_pieces(part);
        parts_->send(std::move(part));
    }
    // Often enough for a reader who watches, and seldom enough to cost nothing.
    static constexpr std::chrono::milliseconds part_period{25};

    const std::shared_ptr<const Columns> columns_;  // owned by all parts of a long loop
    const std::size_t offset_;
    const std::size_t count_;
    Sink sink_;
    PartSink* parts_ = nullptr;  // of a stretch for another worker; set before it runs, used by the compute thread
    TimePoint part_sent_ = std::chrono::steady_clock::now();
};

/// Cancels a loop when its results are dropped, and waits until nobody reads its input.
template <class State>
class LoopOwner {
public:
    explicit LoopOwner(std::shared_ptr<State> state) : state_(std::move(state)) {}
    LoopOwner(LoopOwner&&) noexcept = default;
    LoopOwner& operator=(LoopOwner&&) = delete;
    ~LoopOwner() {
        if (state_ != nullptr && state_->left() != 0) state_->cancel_and_wait();
    }
    State& operator*() const { return *state_; }
    State* operator->() const { return state_.get(); }

private:
    std::shared_ptr<State> state_;  // shared with the stretches that are not finished
};

/// The columns of a stretch that arrived: braces, since they are read in the order of the parameters.
template <class CallType>
struct DecodedColumns;
template <auto F, class... P>
struct DecodedColumns<Call<F, Parameters<P...>>> {
    using Type = std::tuple<DecodedColumn<stored_t<P>>...>;
    static Type read(InputArchive& archive, std::size_t count) { return Type{DecodedColumn<stored_t<P>>(archive, count)...}; }
};

}  // namespace scoop::detail
