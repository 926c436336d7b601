// How a reader moves through the parts of a map; see scoop/detail/loop_window.hpp.
#include "scoop/detail/loop_window.hpp"

#include <algorithm>
#include <utility>

#include "scoop/error.hpp"

namespace scoop::detail {

LoopWindow::LoopWindow(ReadBy read_by) : read_by_(read_by), news_(std::make_shared<News>()) {}

void LoopWindow::open() {
    while (!has_ended_ && started_ - read_ < size_of(read_)) {
        auto loop = next_part(read_);
        if (loop == nullptr) {
            has_ended_ = true;
            return;
        }
        if (read_by_ == ReadBy::completion) {
            loop->record_executors();
            loop->tell(news_);
        }
        parts_.push_back({started_, LoopOwner(loop)});
        started_ += loop->count();
        loop->start_all();
    }
}

bool LoopWindow::has(std::size_t i) {
    read_ = std::max(read_, i);
    open();
    return i < started_;
}

LoopWindow::Run LoopWindow::wait_for(std::size_t i) {
    // Parts that the reader has passed by without looking come to their end first: their results are not wanted, but
    // what they do may be.
    for (; i >= parts_.front().first + parts_.front().loop->count(); parts_.pop_front())
        parts_.front().loop->wait_for_all();
    Part& part = parts_.front();
    const std::size_t index = i - part.first;
    // Not too many at once, so that the window moves with the reader.
    const std::size_t end = std::min(part.loop->wait_for(index), index + std::max<std::size_t>(size_of(i) / 8, 1));
    return {part.loop.get().get(), index, part.first + end};
}

std::optional<LoopWindow::Place> LoopWindow::next_finished(TimePoint deadline) {
    for (;;) {
        open();
        const std::uint64_t number = news_->number();
        const bool is_announced = news_->is_awaited();
        for (auto part = parts_.begin(); part != parts_.end(); ++part) {
            if (auto place = next_finished(*part)) {
                ++read_;
                if (part->delivered == part->loop->count()) parts_.erase(part);
                return place;
            }
        }
        if (parts_.empty()) return std::nullopt;
        if (const auto nap = pace_.nap(read_); nap && *nap < deadline) {
            (void)news_->wait_beyond(number, *nap);
            pace_.note_woken();
        } else if (!is_announced) {
            news_->announce();
        } else if (news_->wait_beyond(number, deadline)) {
            pace_.note_woken();
        } else {
            throw TimeoutError("scoop: no element of the map was done in time");
        }
    }
}

std::optional<LoopWindow::Place> LoopWindow::next_finished(Part& part) {
    Loop& loop = *part.loop.get();
    if (part.finished.empty()) {
        (void)loop.decode_arrivals();
        for (const RanBy& ran_by : loop.take_finished()) part.finished.push_back(ran_by);
    }
    if (part.finished.empty()) {
        loop.throw_if_ended();
        return std::nullopt;
    }
    RanBy& next = part.finished.front();
    const Place place{part.loop.get(), part.first, next.begin++, next.rank};
    if (next.begin == next.end) part.finished.pop_front();
    ++part.delivered;
    return place;
}

}  // namespace scoop::detail
