#include "broker/broker_loop.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/shared_bytes.hpp"

namespace scoop::broker {

using base::Clock;
using std::chrono::milliseconds;

namespace {

// How long a broker that ends waits for its last words to go out.
constexpr milliseconds farewell{100};
// How long tasks for another host wait for those of workers that were asked, too. They answer within less than one.
constexpr milliseconds gather_time_max{5};
// A worker answers at once, whatever it computes, unless it is stopped or the machine is very busy.
constexpr milliseconds answer_time_max{100};
// Shared memory that was not looked into for so long is given back.
constexpr milliseconds memory_period{1000};

CoreConfig core_config(const BrokerConfig& config) {
    return {config.peers,
            config.peer_names,
            config.peer_tags,
            config.idle_ranks,
            !config.upstream_endpoint.empty(),
            config.replaces_workers};
}

std::unique_ptr<PeerLines> make_lines(const BrokerConfig& config, BrokerCore& core) {
    if (config.is_alone || !config.upstream_endpoint.empty()) return std::make_unique<WorkerLines>(core);
    std::vector<std::uint32_t> hosts;
    for (const auto& [host, ranks] : config.peers) hosts.push_back(host);
    return std::make_unique<HostLines>(core, hosts, Clock::now());
}

// Rounded up: poll may not come back just before the deadline, again and again.
std::optional<milliseconds> time_until(base::TimePoint deadline) {
    if (deadline == base::TimePoint::max()) return std::nullopt;
    const auto now = Clock::now();
    return deadline <= now ? milliseconds(0) : std::chrono::ceil<milliseconds>(deadline - now);
}

}  // namespace

BrokerLoop::BrokerLoop(const BrokerConfig& config, Mailbox& mailbox)
    : mailbox_(mailbox), core_(core_config(config)), peers_(make_lines(config, core_)) {}

base::Result<void> BrokerLoop::open(const BrokerConfig& config) {
    if (auto opened = peers_->open(context_, config); !opened) return opened;
    if (!config.upstream_endpoint.empty()) {
        auto line =
            UpstreamLine::connect(context_, config.upstream_endpoint, config.upstream_keys, config.host, Clock::now());
        if (!line) return tl::unexpected(std::move(line.error()));
        upstream_.emplace(std::move(*line));
    }
    return {};
}

void BrokerLoop::run() {
    for (;;) {
        const auto now = Clock::now();
        auto orders = mailbox_.take_orders();
        if (orders.must_stop) break;
        for (auto& order : orders.joining) add(order, now);
        // What a peer said last is heard before its death is acted upon: a result that is here need not be made again.
        receive(now);
        for (const auto& [peer, departure] : orders.peers_down) bury(peer, departure);
        for (const auto peer : orders.draining) core_.drain(peer);
        if (gather_end_ <= now) core_.end_gathering();
        if (answers_end_ <= now) core_.end_waiting();
        perform();
        for (const auto peer : core_.take_drained()) mailbox_.tell(PeerDrained{peer});
        if (orders.must_tell_status) mailbox_.tell(core_.status());
        set_deadlines(now);
        peers_->flush(now);
        if (upstream_) upstream_->flush(now);
        give_back_memory(now);
        wait();
    }
    close();
}

// Of states of the core that last no longer than so long.
void BrokerLoop::set_deadlines(base::TimePoint now) {
    if (answers_end_ <= now) answers_end_ = base::TimePoint::max();  // those that are asked now have their own time
    gather_end_ = core_.is_gathering() ? std::min(gather_end_, now + gather_time_max) : base::TimePoint::max();
    answers_end_ = core_.is_waiting() ? std::min(answers_end_, now + answer_time_max) : base::TimePoint::max();
}

void BrokerLoop::add(Mailbox::Join& order, base::TimePoint now) {
    if (auto added = peers_->add(context_, order.host, now); !added)
        return order.done.set_value(tl::unexpected(std::move(added.error())));
    core_.add_peer(std::move(order.host.peer));
    order.done.set_value(peers_->tcp_port());
}

void BrokerLoop::bury(std::uint32_t peer, const Departure& departure) {
    const auto tasks = core_.on_peer_down(peer, departure);
    if (!tasks) return;
    peers_->dismiss(peer, departure.reason);
    if (*tasks > 0)
        mailbox_.tell(BrokerNote{core_.name_of(peer) + " had " + std::to_string(*tasks) +
                                 (*tasks == 1 ? " task that is" : " tasks that are") + " run again elsewhere"});
}

void BrokerLoop::wait() {
    std::vector<transport::PollItem> items{mailbox_.order_fd()};
    peers_->add_to(items);
    auto deadline = std::min({peers_->deadline(), gather_end_, answers_end_, memory_due_});
    if (upstream_) {
        items.emplace_back(upstream_->dealer());
        items.emplace_back(upstream_->dealer().events());
        deadline = std::min(deadline, upstream_->deadline());
    }
    transport::poll(items, time_until(deadline));
}

// What a host's broker sends to other hosts it reads from memory that it shares with its workers.
void BrokerLoop::give_back_memory(base::TimePoint now) {
    if (memory_due_ <= now) base::SharedBytes::give_back_unused();
    if (!base::SharedBytes::has_kept_memory())
        memory_due_ = base::TimePoint::max();
    else if (memory_due_ <= now || memory_due_ == base::TimePoint::max())
        memory_due_ = now + memory_period;
}

void BrokerLoop::receive(base::TimePoint now) {
    peers_->receive(now);
    if (const auto address = peers_->take_stranger()) mailbox_.tell(StrangerSeen{*address});
    if (upstream_) receive_upstream(now);
    if (!has_told_all_connected_ && core_.has_all_peers()) {
        has_told_all_connected_ = true;
        mailbox_.tell(AllPeersConnected{});
    }
}

void BrokerLoop::receive_upstream(base::TimePoint now) {
    auto news = upstream_->receive(core_, now);
    if (news.was_welcomed) mailbox_.tell(UpstreamConnected{});
    if (news.refusal && !std::exchange(has_told_refusal_, true))
        mailbox_.tell(UpstreamRefused{std::move(*news.refusal)});
}

void BrokerLoop::perform() {
    for (auto& action : core_.take_actions()) {
        if (auto* down = std::get_if<SendToPeer>(&action)) {
            peers_->send(down->peer, down->message);
        } else if (auto* up = std::get_if<SendUpstream>(&action)) {
            upstream_->send(up->message);
        } else {
            auto& drop = std::get<DropPeer>(action);
            peers_->dismiss(drop.peer, drop.reason);
            mailbox_.tell(BrokerNote{std::move(drop.reason)});
        }
    }
}

void BrokerLoop::close() {
    const auto now = Clock::now();
    peers_->flush(now);
    if (upstream_) {
        upstream_->flush(now);
        upstream_->dealer().close(farewell);
    }
    peers_->close(farewell);
}

}  // namespace scoop::broker
