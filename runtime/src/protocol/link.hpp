// Link: messages between a host's broker and the root broker, in order and exactly once, over connections that break.
//
// ZeroMQ reconnects by itself but loses what was under way: a ROUTER that had accepted 1001 messages delivered 690 when
// its TCP connection was cut. So every frame is numbered and kept until the other side has acknowledged it.
//
// | event                                     | what follows                                           |
// |-------------------------------------------|--------------------------------------------------------|
// | a message to send                         | frames of at most fragment_size_max, while the window  |
// |                                           | has room                                               |
// | the expected frame comes in               | delivered; acknowledged with the next frame that goes  |
// |                                           | out, or soon                                           |
// | a frame with an earlier number comes in   | dropped, acknowledged at once                          |
// | a frame shows that others are missing     | dropped, and "missing" goes out with the round of that |
// |                                           | frame                                                  |
// | "missing" with the present round comes in | all unacknowledged frames go out again, in a new round |
// | "missing" with an earlier round           | nothing: what it misses is already on its way again    |
// | nothing acknowledged for a while          | a probe goes out: it says how far we are and is        |
// |                                           | answered at once                                       |
// | the connection was made again             | a probe goes out at once                               |
// | nothing sent for link_heartbeat_period    | a heartbeat goes out; it lets a ROUTER learn the new   |
// |                                           | routing id                                             |
//
// Nothing is ever sent again on suspicion: a connection that is merely slow must not carry everything twice. A
// connection keeps the order, so a probe that arrives before what it announces proves the loss. Rounds make sure that
// one loss is repaired once, however many frames reveal it.
//
// Pure: no sockets, no clock. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/failure.hpp"

namespace scoop::protocol {

/// The number of the root broker in the frames it sends; hosts use their index.
inline constexpr std::uint32_t root_broker_number = 0xffff'ffff;

class Link {
public:
    /// The side that connects: `session` is a number that no other link of the job has, and not 0.
    [[nodiscard]] static Link connecting(std::uint32_t own_number, std::uint64_t session, base::TimePoint now);
    /// The side that is connected to: it learns the session from the first frame that comes in, and sends nothing
    /// before.
    [[nodiscard]] static Link accepting(std::uint32_t own_number, base::TimePoint now);

    /// Takes a message of at most message_size_max bytes for sending.
    void send(std::string message);

    /// Takes a frame that came in. Returns the message that is complete with it, valid until the next call and no
    /// longer than `bytes`. A Failure means that the other side is not a link of ours: drop it.
    [[nodiscard]] base::Result<std::optional<std::string_view>> on_frame(std::string_view bytes, base::TimePoint now);

    /// The transport has made its connection again, and may have lost what was under way.
    void on_reconnect();

    /// The frames that are to be sent now, in this order. To be called after events and at the deadline.
    [[nodiscard]] std::vector<std::string> take_frames(base::TimePoint now);

    /// When take_frames is to be called even if nothing happens.
    [[nodiscard]] base::TimePoint deadline() const;

    /// Has the other side acknowledged everything?
    [[nodiscard]] bool is_flushed() const { return unacknowledged_.empty() && waiting_.empty(); }

    /// The number of the sender of a frame, if it looks like one: a ROUTER finds the link by it.
    [[nodiscard]] static std::optional<std::uint32_t> sender_of(std::string_view frame);

private:
    struct Header;
    Link(std::uint32_t own_number, std::uint64_t session, base::TimePoint now);

    base::Result<void> take_acknowledgement(const Header& header, base::TimePoint now);
    base::Result<std::optional<std::string_view>> take_data(const Header& header, std::string_view payload,
                                                            base::TimePoint now);
    void note_gap(const Header& header);
    void owe_acknowledgement(base::TimePoint due);
    void fill_window(std::vector<std::string>& frames, base::TimePoint now);
    std::string stamped(std::uint64_t sequence, std::uint8_t flags, std::string_view payload) const;
    void on_sent(base::TimePoint now);

    struct Unacknowledged {
        std::uint8_t flags;
        std::string payload;
    };

    std::uint32_t own_number_;
    std::uint64_t session_;  // 0: not known yet

    // Sending. The first element of unacknowledged_ has the number acknowledged_ + 1.
    std::deque<std::string> waiting_;
    std::size_t waiting_position_ = 0;  // how much of waiting_.front() has become frames
    std::deque<Unacknowledged> unacknowledged_;
    std::size_t unacknowledged_bytes_ = 0;
    std::uint64_t acknowledged_ = 0;
    std::uint32_t round_ = 0;
    bool must_resend_ = false;
    bool must_probe_ = false;
    base::Duration probe_delay_;
    base::TimePoint probe_due_ = base::TimePoint::max();  // max: nothing is unacknowledged
    base::TimePoint heartbeat_due_;

    // Receiving.
    std::uint64_t received_ = 0;
    std::string partial_;  // fragments of a message that is not complete
    bool partial_is_delivered_ = false;
    base::TimePoint acknowledgement_due_ = base::TimePoint::max();  // max: none is owed
    std::size_t bytes_since_acknowledgement_ = 0;
    bool must_report_missing_ = false;
    std::uint32_t missing_round_ = 0;  // of the frame that revealed the gap last reported
    std::uint64_t missing_after_ = 0;  // what had been received then
    bool has_reported_missing_ = false;
};

}  // namespace scoop::protocol
