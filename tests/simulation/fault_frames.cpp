// The part of FaultJob between hosts and the root broker: frames of links, and what happens to them.
//
// What goes wrong with a frame, by the moment:
//
// |           | before it leaves          | after                 | before it is heard      | after                 |
// |-----------|---------------------------|-----------------------|-------------------------|-----------------------|
// | drop      | it does not leave         | the connection breaks | it is not heard         | the connection breaks |
// | duplicate | it leaves twice           | it comes again later  | it is heard twice       | it comes again later  |
// | reorder   | the next one leaves first | it overtakes all      | the next is heard first | the next two change   |
// | delay     | the line is slow          | it comes late         | it is heard late        | the line is slow      |
#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "fault_job.hpp"
#include "protocol/codec.hpp"

namespace scoop::simulation {

using namespace protocol;

namespace {

std::size_t header_size() {
    Link link = Link::connecting(0, 1, base::TimePoint());
    link.on_reconnect();
    return link.take_frames(base::TimePoint()).front().size();  // it asks how far the other side is
}

bool has_content(const std::string& frame) {
    static const std::size_t size_without = header_size();
    return frame.size() > size_without;
}

}  // namespace

bool FaultJob::Wrong::is(Moment at, Fault what) const { return happens && moment == at && fault == what; }

FaultJob::Wrong FaultJob::maybe_wrong(Step step) {
    if (below(100) >= plan_.bad_frames_of_100) return {};
    constexpr std::array faults{Fault::drop, Fault::duplicate, Fault::reorder, Fault::delay};
    const Wrong wrong{true, below(2) == 0 ? Moment::before : Moment::after, faults.at(below(faults.size()))};
    ++survived_.frames_bad;
    survived_.tally.note({step, wrong.moment}, wrong.fault);
    return wrong;
}

void FaultJob::flush_links(std::uint32_t h) {
    Host& host = hosts_[h];
    if (!host.is_dead && !host.is_stopped)
        for (auto& frame : host.link->take_frames(now())) send_up(h, std::move(frame));
    if (host.is_given_up) return;
    for (auto& frame : host.root_link->take_frames(now())) send_frame(What::down, h, std::move(frame));
}

void FaultJob::send_up(std::uint32_t h, std::string frame) {
    const Step step = has_content(frame) ? Step::send : Step::acknowledgement;
    if (!hosts_[h].is_stopped) maybe_host_fault(h, {step, Moment::before});
    if (hosts_[h].is_dead) return;
    if (hosts_[h].is_stopped) return hear_later(What::up, h, std::move(frame));
    send_frame(What::up, h, std::move(frame));
    maybe_host_fault(h, {step, Moment::after});
}

void FaultJob::send_frame(What way, std::uint32_t h, std::string frame) {
    Line& line = line_of(way, h);
    const Wrong wrong = maybe_wrong(has_content(frame) ? Step::send : Step::acknowledgement);
    if (wrong.is(Moment::before, Fault::drop)) return;
    const auto overtaken = std::exchange(line.leaving, std::nullopt);
    if (wrong.is(Moment::before, Fault::reorder)) {
        line.leaving = std::move(frame);
    } else {
        if (wrong.is(Moment::before, Fault::delay)) line.is_slow_until = events_.now() + late();
        const Time usual = usual_time(line);
        carry(way, h, frame,
              wrong.is(Moment::after, Fault::delay)     ? usual + late()
              : wrong.is(Moment::after, Fault::reorder) ? Time(1)
                                                        : usual);
        if (wrong.is(Moment::before, Fault::duplicate)) carry(way, h, frame, usual_time(line));
        if (wrong.is(Moment::after, Fault::duplicate)) carry(way, h, frame, usual_time(line) + late());
    }
    if (overtaken) carry(way, h, *overtaken, usual_time(line));
    if (wrong.is(Moment::after, Fault::drop)) break_connection(h);
}

Time FaultJob::usual_time(const Line& line) {
    return std::max(Time(100'000 + below(100'000)), line.is_slow_until - events_.now());
}

void FaultJob::carry(What way, std::uint32_t h, const std::string& frame, Time time) {
    events_.add(time, {way, h, static_cast<std::uint32_t>(hosts_[h].connection), keep(frame)});
}

/// What is under way is lost, and the connection is made again.
void FaultJob::break_connection(std::uint32_t h) {
    Host& host = hosts_[h];
    ++host.connection;
    host.up = host.down = {};
    host.link->on_reconnect();
    host.root_link->on_reconnect();
}

/// Once the host goes on.
void FaultJob::hear_later(What way, std::uint32_t h, std::string frame) {
    const auto connection = static_cast<std::uint32_t>(hosts_[h].connection);
    hosts_[h].unread.push_back({way, h, connection, keep(std::move(frame))});
}

void FaultJob::hear_frame(const Happening& happening) {
    const What way = happening.what;
    const std::uint32_t h = happening.number;
    std::string frame = take(happening.letter);
    if (happening.incarnation != static_cast<std::uint32_t>(hosts_[h].connection)) return;
    if (!has_content(frame)) return read_frame(way, h, frame);

    Line& line = line_of(way, h);
    const Wrong wrong = maybe_wrong(Step::receive);
    if (way == What::down) maybe_host_fault(h, {Step::receive, Moment::before});
    if (wrong.is(Moment::before, Fault::drop)) return;
    if (wrong.is(Moment::before, Fault::delay)) return carry(way, h, frame, late());
    const auto overtaken = std::exchange(line.arriving, std::nullopt);
    if (std::exchange(line.next_is_overtaken, false) || wrong.is(Moment::before, Fault::reorder)) {
        line.arriving = std::move(frame);
    } else {
        read_frame(way, h, frame);
        if (wrong.is(Moment::before, Fault::duplicate)) read_frame(way, h, frame);
        if (wrong.is(Moment::after, Fault::duplicate)) carry(way, h, frame, late());
        if (way == What::down) maybe_host_fault(h, {Step::receive, Moment::after});
    }
    if (overtaken) read_frame(way, h, *overtaken);
    if (wrong.is(Moment::after, Fault::drop)) break_connection(h);
    if (wrong.is(Moment::after, Fault::reorder)) line.next_is_overtaken = true;
    if (wrong.is(Moment::after, Fault::delay)) line.is_slow_until = events_.now() + late();
}

void FaultJob::read_frame(What way, std::uint32_t h, const std::string& frame) {
    Host& host = hosts_[h];
    if (way == What::down && host.is_dead) return;
    if (way == What::down && host.is_stopped) return hear_later(way, h, frame);
    const auto bytes = (way == What::up ? host.root_link : host.link)->on_frame(frame, now());
    if (!bytes) throw std::logic_error(bytes.error().sentence());
    if (!*bytes) return;
    if (way == What::up) return hear_host(h, *decode(**bytes));
    if (const auto heard = host.broker->on_upstream(*decode(**bytes)); !heard)
        throw std::logic_error(heard.error().sentence());
    perform(h);
}

void FaultJob::hear_host(std::uint32_t h, Message message) {
    if (const auto* hello = std::get_if<Hello>(&message)) {
        const auto refusal = root_->on_hello(*hello);
        if (refusal && !hosts_[h].is_given_up) throw std::logic_error(*refusal);
    } else {
        root_->on_message(h, std::move(message));
    }
    perform_root();
}

}  // namespace scoop::simulation
