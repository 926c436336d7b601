#include "node/copy_member.hpp"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "base/poll_set.hpp"
#include "base/program_info.hpp"
#include "base/usable_cpus.hpp"
#include "node/address_probe.hpp"
#include "node/lifelines.hpp"
#include "protocol/start_text.hpp"
#include "protocol/version.hpp"

namespace scoop::node {

namespace {

using control::FrameType;
using std::chrono::milliseconds;

// How long one text is tried: it may be of an earlier start.
constexpr std::chrono::seconds connect_timeout{5};
// Rank 0 knows who is missing, so it is the one to give up first.
constexpr std::chrono::seconds patience_with_rank_0{10};

tl::unexpected<base::Failure> rank_0_has_ended() { return tl::unexpected(base::Failure{}); }

}  // namespace

base::Result<std::unique_ptr<CopyMember>> CopyMember::join(const OtherLauncher& other,
                                                           std::unique_ptr<Rendezvous> rendezvous,
                                                           std::vector<std::string> tasks) {
    std::unique_ptr<CopyMember> member(new CopyMember(other, std::move(rendezvous), std::move(tasks)));
    if (auto joined = member->run_join(); !joined) return tl::unexpected(std::move(joined.error()));
    if (auto done = member->take_part(); !done) {
        if (!done.error().attempt.empty()) {
            const control::StartFailure failure{"broker", done.error().sentence(), {}};
            member->dealer_->send(control::encode(FrameType::failed, control::to_payload(failure)));
            member->dealer_->close(farewell);
        }
        return tl::unexpected(std::move(done.error()));
    }
    member->rendezvous_->withdraw();
    return member;
}

CopyMember::CopyMember(const OtherLauncher& other, std::unique_ptr<Rendezvous> rendezvous,
                       std::vector<std::string> tasks)
    : other_(other),
      tasks_(std::move(tasks)),
      deadline_(base::Clock::now() + other.start_timeout),
      rendezvous_(std::move(rendezvous)) {}

base::Duration CopyMember::time_left() const {
    return std::max<base::Duration>(deadline_ + patience_with_rank_0 - base::Clock::now(), base::Duration::zero());
}

base::Result<void> CopyMember::run_join() {
    for (;;) {
        const auto text = rendezvous_->look_up(deadline_);
        if (!text) return tl::unexpected(text.error());
        const auto connected = try_connect(*text);
        if (connected && *connected) return {};
        if (base::Clock::now() < deadline_) continue;
        if (!connected) return tl::unexpected(connected.error());
        return base::failure("join the job of rank 0",
                             "it has not answered within " + std::to_string(other_.start_timeout.count()) + " s");
    }
}

// False, or a Failure: not there. That may change as long as there is time.
base::Result<bool> CopyMember::try_connect(const std::string& text) {
    const auto start = protocol::parse_start_text(text);
    if (!start) return tl::unexpected(start.error());
    std::vector<std::string> endpoints;
    for (const auto& address : start->addresses)
        endpoints.push_back("tcp://" + address + ":" + std::to_string(start->port));
    const auto give_up_at = std::min(deadline_, base::Clock::now() + connect_timeout);
    AddressProbe probe(endpoints, give_up_at);
    base::PollSet poll_set;
    while (!probe.answered()) {
        if (probe.has_failed(base::Clock::now())) {
            ::poll(nullptr, 0, 50);  // refused at once: it is not there yet, or no more
            return tl::unexpected(probe.failure());
        }
        probe.watch(poll_set);
        poll_set.wait(give_up_at - base::Clock::now());
        poll_set.clear();
    }
    keys_ = start->keys;
    address_ = parse_tcp_endpoint(*probe.answered())->address;
    dealer_.reset();
    context_.emplace();
    auto dealer = transport::Dealer::connect(*context_, *probe.answered(), keys_);
    if (!dealer) return tl::unexpected(std::move(dealer.error()));
    dealer_ = std::move(*dealer);
    if (auto watched = dealer_->watch_connection(*context_); !watched) return tl::unexpected(watched.error());
    while (base::Clock::now() < give_up_at) {
        transport::PollItem items[] = {dealer_->events()};
        transport::poll(items, std::chrono::ceil<milliseconds>(give_up_at - base::Clock::now()));
        const auto event = dealer_->try_take_event();
        if (event) return *event == transport::ConnectionEvent::connected;
    }
    return false;
}

base::Result<void> CopyMember::take_part() {
    CopyHello hello;
    hello.rank = other_.rank;
    hello.place = this_place();
    hello.node.protocol_version = protocol::version;
    hello.node.library_version = base::library_version;
    hello.node.build_id = base::build_id();
    hello.node.architecture = base::architecture();
    hello.node.host_name = base::host_name();
    hello.node.cpus = base::usable_cpus();
    hello.node.tasks = tasks_;
    dealer_->send(to_message(hello));
    auto message = receive();
    if (!message) return tl::unexpected(std::move(message.error()));
    const auto frames = frames_of(*message);
    if (frames && frames->front().type == FrameType::job) {
        if (auto started = start_broker(frames->front().payload); !started) return started;
        message = receive();
        if (!message) return tl::unexpected(std::move(message.error()));
    }
    auto config = parse_copy_config(*message);
    if (!config) return tl::unexpected(std::move(config.error()));
    config_ = std::move(*config);
    auto lifeline = connect_lifeline(address_, config_.lifeline_port, config_.lifeline_token, deadline_);
    if (!lifeline) return tl::unexpected(std::move(lifeline.error()));
    lifeline_ = std::move(*lifeline);
    lifeline_fd_ = lifeline_.get();
    dealer_.reset();
    context_.reset();
    return {};
}

base::Result<void> CopyMember::start_broker(std::string_view message) {
    auto job = control::parse_job_description(message);
    if (!job) return tl::unexpected(std::move(job.error()));
    job->keys = keys_;
    // The port of the root broker at the address that we know to lead there.
    std::string upstream;
    for (const auto& offered : job->broker_endpoints)
        if (const auto endpoint = parse_tcp_endpoint(offered); endpoint && upstream.empty())
            upstream = to_text({address_, endpoint->port});
    broker_ = std::make_unique<CopiesBroker>();
    if (auto started = broker_->start(*job, upstream); !started) return started;
    dealer_->send(control::encode(FrameType::note, broker_->endpoint()));
    return {};
}

base::Result<std::string> CopyMember::receive() {
    for (;;) {
        if (const auto frame = dealer_->try_receive()) return std::string(frame->view());
        while (const auto event = dealer_->try_take_event())
            if (*event != transport::ConnectionEvent::connected) return rank_0_has_ended();
        if (time_left() == base::Duration::zero())
            return base::failure("join the job of rank 0", "it has not said what to do in time");
        transport::PollItem items[] = {*dealer_, dealer_->events()};
        transport::poll(items, std::chrono::ceil<milliseconds>(time_left()));
    }
}

base::Result<void> CopyMember::report_ready() {
    while (broker_) {
        const auto connected = broker_->is_connected();
        if (!connected) {
            tell_on_lifeline(lifeline_fd_, FrameType::failed, connected.error().sentence());
            return tl::unexpected(connected.error());
        }
        if (*connected) {
            broker_->remove_directory();
            break;
        }
        // Rank 0 has the same deadline, and says who is missing; its end ends this process.
        pollfd events{broker_->event_fd(), POLLIN, 0};
        ::poll(&events, 1, -1);
    }
    tell_on_lifeline(lifeline_fd_, FrameType::ready);
    return {};
}

}  // namespace scoop::node
