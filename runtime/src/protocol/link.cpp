#include "protocol/link.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "protocol/limits.hpp"
#include "protocol/wire.hpp"

namespace scoop::protocol {

namespace {

constexpr std::uint32_t magic = 0x4b4c4353;  // "SCLK"

// Bits of Header::flags.
constexpr std::uint8_t has_data = 1;    // numbered and kept; without it a frame only tells where its sender stands
constexpr std::uint8_t is_partial = 2;  // the message goes on in the next frame
constexpr std::uint8_t is_probe = 4;    // wants an answer at once
constexpr std::uint8_t is_missing = 8;  // frames after `acknowledged` were lost
constexpr std::uint8_t flags_known = has_data | is_partial | is_probe | is_missing;

}  // namespace

struct Link::Header {
    std::uint32_t sender = 0;
    std::uint64_t session = 0;
    std::uint64_t sequence = 0;       // of this frame; without data: of the last one sent
    std::uint64_t acknowledged = 0;   // everything up to this number has come in
    std::uint32_t round = 0;          // how often the sender has sent again what was lost
    std::uint32_t missing_round = 0;  // with is_missing: the round of the frame that revealed it
    std::uint8_t flags = 0;

    static constexpr std::size_t size = 4 + 4 + 8 + 8 + 8 + 4 + 4 + 1;

    void put(char* to) const {
        to = put_integer(to, magic);
        to = put_integer(to, sender);
        to = put_integer(to, session);
        to = put_integer(to, sequence);
        to = put_integer(to, acknowledged);
        to = put_integer(to, round);
        to = put_integer(to, missing_round);
        put_integer(to, flags);
    }

    static std::optional<Header> get(std::string_view bytes) {
        if (bytes.size() < size || get_integer<std::uint32_t>(bytes.data()) != magic) return std::nullopt;
        const char* from = bytes.data();
        return Header{get_integer<std::uint32_t>(from + 4),  get_integer<std::uint64_t>(from + 8),
                      get_integer<std::uint64_t>(from + 16), get_integer<std::uint64_t>(from + 24),
                      get_integer<std::uint32_t>(from + 32), get_integer<std::uint32_t>(from + 36),
                      get_integer<std::uint8_t>(from + 40)};
    }
};

Link::Link(std::uint32_t own_number, std::uint64_t session, base::TimePoint now)
    : own_number_(own_number),
      session_(session),
      probe_delay_(link_probe_delay_first),
      heartbeat_due_(now + link_heartbeat_period) {}

Link Link::connecting(std::uint32_t own_number, std::uint64_t session, base::TimePoint now) {
    SCOOP_ASSERT(session != 0);
    return Link(own_number, session, now);
}

Link Link::accepting(std::uint32_t own_number, base::TimePoint now) { return Link(own_number, 0, now); }

std::optional<std::uint32_t> Link::sender_of(std::string_view frame) {
    const auto header = Header::get(frame);
    return header ? std::optional(header->sender) : std::nullopt;
}

void Link::send(std::string message) {
    SCOOP_ASSERT(message.size() <= message_size_max);
    waiting_.push_back(std::move(message));
}

void Link::on_reconnect() { must_probe_ = true; }

base::Result<std::optional<std::string_view>> Link::on_frame(std::string_view bytes, base::TimePoint now) {
    const auto header = Header::get(bytes);
    if (!header || header->session == 0 || (header->flags & ~flags_known) != 0)
        return base::failure("read a frame", "it is not one of ours");
    if (session_ == 0) session_ = header->session;
    // An earlier incarnation of the other side, still in some buffer.
    if (header->session != session_) return std::nullopt;
    if (auto taken = take_acknowledgement(*header, now); !taken) return tl::unexpected(std::move(taken.error()));
    if (header->flags & is_probe) owe_acknowledgement(now);
    if (header->flags & has_data) return take_data(*header, bytes.substr(Header::size), now);
    if (header->sequence > received_) note_gap(*header);
    return std::nullopt;
}

base::Result<void> Link::take_acknowledgement(const Header& header, base::TimePoint now) {
    if (header.acknowledged > acknowledged_ + unacknowledged_.size())
        return base::failure("read a frame", "it acknowledges what was never sent");
    if (header.acknowledged > acknowledged_) {
        for (; acknowledged_ < header.acknowledged; ++acknowledged_) {
            unacknowledged_bytes_ -= unacknowledged_.front().payload.size();
            unacknowledged_.pop_front();
        }
        probe_delay_ = link_probe_delay_first;
        probe_due_ = unacknowledged_.empty() ? base::TimePoint::max() : now + probe_delay_;
    }
    if ((header.flags & is_missing) && header.missing_round == round_ && !unacknowledged_.empty()) must_resend_ = true;
    return {};
}

base::Result<std::optional<std::string_view>> Link::take_data(const Header& header, std::string_view payload,
                                                              base::TimePoint now) {
    if (header.sequence <= received_) {
        owe_acknowledgement(now);
        return std::nullopt;
    }
    if (header.sequence > received_ + 1) {
        note_gap(header);
        return std::nullopt;
    }
    ++received_;
    bytes_since_acknowledgement_ += payload.size();
    owe_acknowledgement(bytes_since_acknowledgement_ < link_acknowledge_bytes ? now + link_acknowledge_delay : now);

    if (std::exchange(partial_is_delivered_, false)) partial_ = {};
    const bool is_whole = !(header.flags & is_partial);
    if (is_whole && partial_.empty()) return payload;
    if (partial_.size() + payload.size() > message_size_max)
        return base::failure("read a message", "it is longer than messages may be");
    partial_ += payload;
    if (!is_whole) return std::nullopt;
    partial_is_delivered_ = true;
    return std::string_view(partial_);
}

void Link::note_gap(const Header& header) {
    const bool is_news = !has_reported_missing_ || missing_round_ != header.round || missing_after_ != received_;
    // The report itself may have been lost, so a probe gets one again.
    if (!is_news && !(header.flags & is_probe)) return;
    has_reported_missing_ = true;
    missing_round_ = header.round;
    missing_after_ = received_;
    must_report_missing_ = true;
}

void Link::owe_acknowledgement(base::TimePoint due) { acknowledgement_due_ = std::min(acknowledgement_due_, due); }

std::vector<std::string> Link::take_frames(base::TimePoint now) {
    std::vector<std::string> frames;
    if (session_ == 0) return frames;
    if (std::exchange(must_resend_, false)) {
        ++round_;
        auto sequence = acknowledged_;
        for (const auto& frame : unacknowledged_) frames.push_back(stamped(++sequence, frame.flags, frame.payload));
        probe_due_ = now + probe_delay_;
    }
    fill_window(frames, now);

    std::uint8_t flags = 0;
    if (now >= probe_due_) {
        must_probe_ = true;
        probe_delay_ = std::min<base::Duration>(2 * probe_delay_, link_probe_delay_last);
        probe_due_ = now + probe_delay_;
    }
    if (std::exchange(must_probe_, false)) flags |= is_probe;
    if (std::exchange(must_report_missing_, false)) flags |= is_missing;
    const bool must_speak = now >= acknowledgement_due_ || now >= heartbeat_due_;
    if (flags != 0 || (must_speak && frames.empty()))
        frames.push_back(stamped(acknowledged_ + unacknowledged_.size(), flags, {}));
    if (!frames.empty()) on_sent(now);
    return frames;
}

void Link::fill_window(std::vector<std::string>& frames, base::TimePoint now) {
    while (!waiting_.empty() && unacknowledged_bytes_ < link_window_bytes) {
        std::string& message = waiting_.front();
        const std::size_t size = std::min(message.size() - waiting_position_, fragment_size_max);
        const bool is_last = waiting_position_ + size == message.size();
        const auto flags = static_cast<std::uint8_t>(is_last ? has_data : has_data | is_partial);
        std::string payload = size == message.size() ? std::move(message) : message.substr(waiting_position_, size);
        waiting_position_ += size;
        if (is_last) {
            waiting_.pop_front();
            waiting_position_ = 0;
        }
        if (unacknowledged_.empty()) probe_due_ = now + probe_delay_;
        unacknowledged_bytes_ += payload.size();
        unacknowledged_.push_back({flags, std::move(payload)});
        frames.push_back(stamped(acknowledged_ + unacknowledged_.size(), flags, unacknowledged_.back().payload));
    }
}

std::string Link::stamped(std::uint64_t sequence, std::uint8_t flags, std::string_view payload) const {
    std::string frame;
    frame.reserve(Header::size + payload.size());
    frame.resize(Header::size);
    Header{own_number_, session_, sequence, received_, round_, missing_round_, flags}.put(frame.data());
    frame += payload;
    return frame;
}

void Link::on_sent(base::TimePoint now) {
    heartbeat_due_ = now + link_heartbeat_period;
    acknowledgement_due_ = base::TimePoint::max();
    bytes_since_acknowledgement_ = 0;
}

base::TimePoint Link::deadline() const {
    if (session_ == 0) return base::TimePoint::max();
    if (must_resend_ || must_probe_ || must_report_missing_) return base::TimePoint::min();
    return std::min({probe_due_, heartbeat_due_, acknowledgement_due_});
}

}  // namespace scoop::protocol
