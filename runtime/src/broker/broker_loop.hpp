// BrokerLoop: owns a broker's sockets and performs what its core decides. One thread makes, runs and destroys it.
//
// A turn takes in a bounded number of frames from every socket, hands them to the core together, and sends what it
// answers: what has gathered meanwhile travels in few messages. Between turns the thread sleeps in poll.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/failure.hpp"
#include "broker/broker_core.hpp"
#include "broker/broker_thread.hpp"
#include "broker/lines.hpp"
#include "broker/mailbox.hpp"
#include "transport/sockets.hpp"

namespace scoop::broker {

class BrokerLoop {
public:
    BrokerLoop(const BrokerConfig& config, Mailbox& mailbox);
    /// Binds and connects. A Failure names the endpoint.
    [[nodiscard]] base::Result<void> open(const BrokerConfig& config);
    /// Serves until the mailbox says stop.
    void run();
    [[nodiscard]] std::uint16_t tcp_port() const { return peers_->tcp_port(); }

private:
    void add(Mailbox::Join& order, base::TimePoint now);
    void bury(std::uint32_t peer, const Departure& departure);
    void set_deadlines(base::TimePoint now);
    void wait();
    void receive(base::TimePoint now);
    void receive_upstream(base::TimePoint now);
    void perform();
    void give_back_memory(base::TimePoint now);
    void close();

    Mailbox& mailbox_;
    BrokerCore core_;
    transport::Context context_;
    std::unique_ptr<PeerLines> peers_;
    std::optional<UpstreamLine> upstream_;
    base::TimePoint memory_due_ = base::TimePoint::max();   // when to give memory back; max: none is kept
    base::TimePoint gather_end_ = base::TimePoint::max();   // max: nothing is gathered
    base::TimePoint answers_end_ = base::TimePoint::max();  // max: nobody waits for answers
    bool has_told_all_connected_ = false;
    bool has_told_refusal_ = false;
};

}  // namespace scoop::broker
