// How loops over many elements are run, split, sent and answered; see scoop/detail/loop.hpp.
#include "scoop/detail/loop.hpp"

#include <algorithm>

#include "scoop/detail/columns.hpp"
#include "scoop/detail/task.hpp"
#include "worker/compute.hpp"
#include "worker/held_locks.hpp"

namespace scoop::detail {

namespace {

// A block of elements takes about this long.
constexpr std::chrono::microseconds block_time{20};
constexpr std::size_t block_elements_max = 4096;

constexpr std::uint64_t pack(std::uint64_t next, std::uint64_t end) { return next << 32 | end; }
constexpr std::uint64_t next_of(std::uint64_t word) { return word >> 32; }
constexpr std::uint64_t end_of(std::uint64_t word) { return word & 0xffffffffU; }

}  // namespace

/// A stretch as a task: run here, or written for another worker.
struct Loop::Stretch : LoopProgress::OpenStretch {
    using Place = InBlock<Stretch>;
    std::shared_ptr<Loop> loop;  // shared by whoever reads the results and every stretch that is not finished
    std::size_t begin;
    std::size_t end;
    std::vector<Interval> settled = {};  // by parts of the answer

    static void run(Block& block) noexcept {
        Stretch& self = Place::get(block);
        self.leave_out_settled();
        self.loop->run_stretch(self.begin, self.end);
        complete(block);
    }
    static void write_arguments(Block& block, ByteSink& sink) {
        Stretch& self = Place::get(block);
        self.leave_out_settled();
        if (!self.loop->enter_input()) throw CancelledError("scoop: the results of this map are not wanted any more");
        struct Leave {
            LoopProgress& loop;
            ~Leave() { loop.leave_input(); }
        } leave{*self.loop};
        OutputArchive archive(sink);
        archive(static_cast<std::uint64_t>(self.end - self.begin));
        self.loop->write_arguments(archive, self.begin, self.end);
    }
    static void accept_part(Block& block, RemoteAnswer&& answer) noexcept {
        Stretch& self = Place::get(block);
        std::vector<Interval> settled;
        try {
            InputArchive archive(answer.payload.view());
            std::vector<Piece> pieces;
            archive(pieces);
            for (const Piece& piece : pieces)
                if (piece.begin <= piece.end && piece.end <= self.end - self.begin)
                    settled.push_back({self.begin + piece.begin, self.begin + piece.end});
        } catch (...) {
            return;  // then the end of the stretch finds these elements missing
        }
        self.settled.insert(self.settled.end(), settled.begin(), settled.end());
        self.loop->on_answer({self.begin, std::move(settled), std::move(answer)});
    }
    static void accept(Block& block, RemoteAnswer&& answer) noexcept {
        Stretch& self = Place::get(block);
        const std::size_t begin = self.begin;
        self.loop->on_answer({begin, self.missing(), std::move(answer)});
        complete(block);
    }
    static void fail(Block& block) noexcept {
        Stretch& self = Place::get(block);
        for (const auto& [begin, end] : self.missing()) {
            self.loop->fail(begin, end, std::current_exception());
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
    static void destroy(Block& block) noexcept {
        Stretch& self = Place::get(block);
        self.loop->remove(self);
        Place::destroy(block);
    }
    static const FunctionEntry& entry(const Block& block) noexcept {
        return Place::get(const_cast<Block&>(block)).loop->entry_;
    }
    static std::uint64_t function(const Block& block) noexcept { return entry(block).hash; }
    static std::string_view name(const Block& block) noexcept { return entry(block).name; }
    static constexpr TaskType type{&run, &write_arguments, &accept, &fail, &destroy, &function, &name, &accept_part};
};

Loop::Loop(const FunctionEntry& entry, Publishes publishes, std::size_t count)
    : LoopProgress(count, entry.name), entry_(entry), publishes_(publishes), count_(count) {}

void Loop::start(std::size_t begin, std::size_t end) { enqueue(make_stretch(begin, end), &scope()); }

Block& Loop::make_stretch(std::size_t begin, std::size_t end) {
    Block& block = Stretch::Place::allocate();
    Stretch::Place::construct(block, OpenStretch{reference(block)}, shared_from_this(), begin, end);
    block.type = &Stretch::type;
    add(Stretch::Place::get(block));
    release(block);  // no future: the block goes when the stretch is done
    return block;
}

void Loop::run_stretch(std::size_t begin, std::size_t end) {
    if (!enter_input()) return;
    {
        StretchRun stretch(*this, begin, end);
        run_elements(stretch);
        stretch.publish_rest();
    }
    leave_input();
}

std::size_t Loop::wait_for(std::size_t i) {
    for (;;) {
        if (const std::size_t end = ready_end(i); end > i) return end;
        if (decode_arrivals()) continue;
        throw_if_ended();
        worker::require_nothing_held();
        wait_for_news(i);
    }
}

void Loop::wait_for_all() {
    while (left() != 0) {
        if (decode_arrivals()) {
            if (parts_ != nullptr) send_part(std::chrono::steady_clock::now());
            continue;
        }
        throw_if_ended();
        worker::require_nothing_held();
        wait_for_news(everything);
    }
}

void Loop::throw_if_ended() const {
    if (is_cancelled()) throw CancelledError("scoop: " + std::string(entry_.name) + " was cancelled");
}

std::size_t read_stretch_size(InputArchive& archive) {
    std::uint64_t count = 0;
    archive(count);
    if (count > stretch_elements_max) throw SerializationError("scoop: a map's message announces too many elements");
    return count;
}

StretchRun::StretchRun(Loop& loop, std::size_t begin, std::size_t end)
    : loop_(loop),
      tells_elements_(loop.publishes_ == Loop::Publishes::elements),
      base_(begin),
      unclaimed_(pack(0, end - begin)),
      position_(begin),
      block_end_(begin),
      marks_{begin, begin} {
    if (tells_elements_) loop_.enter(marks_);
    enter();
}

StretchRun::~StretchRun() {
    leave();
    if (tells_elements_) loop_.leave(marks_);
}

bool StretchRun::next_block() {
    if (has_block_) end_block();
    has_block_ = !loop_.is_cancelled() && claim();
    return has_block_;
}

void StretchRun::end_block() {
    const auto now = std::chrono::steady_clock::now();
    if (loop_.parts_ != nullptr) loop_.send_part(now);
    const auto elapsed = now - std::exchange(block_began_, now);
    if (elapsed < block_time / 2 && block_size_ < block_elements_max) block_size_ *= 2;
    if (elapsed > block_time && block_size_ > 1) block_size_ /= 2;
}

bool StretchRun::claim() {
    std::uint64_t old = unclaimed_.load(std::memory_order_relaxed);
    std::uint64_t taken = 0;
    do {
        const std::uint64_t left = end_of(old) - next_of(old);
        if (left == 0) return false;
        // Never more than a quarter: somebody may come for a part.
        taken = std::clamp<std::uint64_t>(left / 4, 1, block_size_);
    } while (!unclaimed_.compare_exchange_weak(old, pack(next_of(old) + taken, end_of(old))));
    position_ = base_ + next_of(old);
    block_end_ = position_ + taken;
    return true;
}

void StretchRun::publish_rest() {
    if (loop_.is_cancelled()) return;
    marks_.reached.store(position_, std::memory_order_release);
    loop_.publish(marks_);
}

void StretchRun::on_park() {
    const std::size_t stop = std::exchange(block_end_, position_);
    if (position_ < stop) loop_.start(position_, stop);
    std::uint64_t old = unclaimed_.load(std::memory_order_relaxed);
    while (!unclaimed_.compare_exchange_weak(old, pack(end_of(old), end_of(old)))) {
    }
    if (next_of(old) < end_of(old)) loop_.start(base_ + next_of(old), base_ + end_of(old));
    leave();
}

bool StretchRun::can_split() const {
    const std::uint64_t now = unclaimed_.load(std::memory_order_relaxed);
    return next_of(now) < end_of(now);
}

Block* StretchRun::try_split(std::size_t elements_max) {
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

}  // namespace scoop::detail
