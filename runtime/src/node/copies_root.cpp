#include "node/copies_root.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/addresses.hpp"
#include "base/program_info.hpp"
#include "node/process_setup.hpp"
#include "protocol/start_text.hpp"
#include "protocol/version.hpp"

namespace scoop::node {

namespace {

using control::FrameType;
using std::chrono::milliseconds;

// How long copies that have been told where to come may take before they are told in another way, too.
constexpr std::chrono::seconds arrival_time{2};

}  // namespace

CopiesRoot::CopiesRoot(const OtherLauncher& other, std::unique_ptr<Rendezvous> rendezvous,
                       std::vector<std::string> tasks)
    : other_(other),
      tasks_(std::move(tasks)),
      deadline_(base::Clock::now() + other.start_timeout),
      rendezvous_(std::move(rendezvous)) {
    job_.job_id = other.name + "-" + std::to_string(::getpid());
    job_.arguments = base::program_arguments();
    copies_[0] = {{}, this_place(), base::host_name()};
}

base::Result<void> CopiesRoot::start() {
    if (auto opened = open(); !opened) return opened;
    if (auto gathered = gather(); !gathered) return gathered;
    if (auto described = describe(); !described) return described;
    rendezvous_->withdraw();
    router_->close(farewell);
    router_.reset();
    gate_.reset();
    context_.reset();
    return {};
}

base::Result<void> CopiesRoot::open() {
    auto channel = base::make_socket_pair();
    if (!channel) return tl::unexpected(std::move(channel.error()));
    launcher_end_ = std::move(channel->first);
    root_end_ = std::move(channel->second);
    if (auto opened = lifelines_.open(other_.size); !opened) return opened;

    const auto server = transport::make_curve_keys();
    const auto client = server ? transport::make_curve_keys() : server;
    if (!client) return tl::unexpected(client.error());
    server_secret_key_ = server->secret_key;
    job_.keys = {server->public_key, client->public_key, client->secret_key};
    context_.emplace();
    auto gate = transport::ClientGate::open(*context_, std::vector{client->public_key});
    if (!gate) return tl::unexpected(std::move(gate.error()));
    gate_ = std::move(*gate);
    auto router = transport::Router::bind_tcp(*context_, server_secret_key_);
    if (!router) return tl::unexpected(std::move(router.error()));
    router_ = std::move(*router);
    const protocol::StartText text{base::endpoint_addresses(base::interface_addresses()), router_->port(), job_.keys};
    return rendezvous_->publish(to_text(text), deadline_);
}

base::Result<void> CopiesRoot::gather() {
    const auto arrival_ends = std::min(deadline_, base::Clock::now() + arrival_time);
    bool are_told_again = false;
    while (copies_.size() < other_.size) {
        if (base::Clock::now() >= arrival_ends && !std::exchange(are_told_again, true)) rendezvous_->tell_again();
        if (base::Clock::now() >= deadline_) {
            const std::string doubt = rendezvous_->doubt();
            return base::failure(
                "wait for the other copies that " + other_.name + " has started",
                missing() + " not called scoop::run within " + std::to_string(other_.start_timeout.count()) + " s",
                "every copy must call it early in main; SCOOP_LAUNCHER=none makes each a job of one" +
                    (doubt.empty() ? "" : "; " + doubt));
        }
        if (auto done = turn(are_told_again ? deadline_ : arrival_ends); !done) return done;
    }
    place_copies();
    return {};
}

base::Result<void> CopiesRoot::describe() {
    std::string upstream;
    if (job_.hosts.size() > 1) {
        if (auto started = broker_.start_root_broker(job_, server_secret_key_); !started) return started;
        upstream = broker_.root_endpoint();
        for (const auto& address : base::endpoint_addresses(base::interface_addresses()))
            job_.broker_endpoints.push_back("tcp://" + address + ":" + std::to_string(broker_.root_port()));
    }
    auto own = job_;
    own.keys = {};  // needed by those who come by TCP
    if (auto started = broker_.start(own, upstream); !started) return started;
    brokers_missing_ = job_.hosts.size() - 1;
    for (base::HostIndex host = 1; host < job_.hosts.size(); ++host) {
        auto job = job_;
        job.host = host;
        job.keys = {};  // the copies have them
        const auto leader = job.hosts[host].ranks.front();
        if (!router_->send(copies_[leader].connection, control::encode(FrameType::job, control::to_payload(job))))
            return base::failure("start the broker of " + job.hosts[host].name,
                                 "rank " + std::to_string(leader) + " has ended");
    }
    if (!configure(0, broker_.endpoint())) return base::failure("start the job", "a copy has ended");
    while (brokers_missing_ > 0) {
        if (base::Clock::now() >= deadline_)
            return base::failure("start the brokers of the other hosts",
                                 std::to_string(brokers_missing_) + " of them have not answered");
        if (auto done = turn(deadline_); !done) return done;
    }
    return {};
}

base::Result<void> CopiesRoot::turn(base::TimePoint until) {
    transport::PollItem items[] = {*router_, *gate_};
    const auto left = std::chrono::ceil<milliseconds>(until - base::Clock::now());
    transport::poll(items, std::max(left, milliseconds(0)));
    // A stranger is refused; nothing is said of it before the job has begun.
    [[maybe_unused]] const auto stranger = gate_->answer_all();
    while (const auto received = router_->try_receive())
        if (auto done = on_message(*received); !done) return done;
    return {};
}

base::Result<void> CopiesRoot::on_message(const transport::Received& received) {
    const auto known = rank_of_.find(received.from);
    if (known == rank_of_.end()) {
        auto hello = parse_copy_hello(received.bytes.view());
        if (!hello) return tl::unexpected(std::move(hello.error()));
        return on_hello(received.from, std::move(*hello));
    }
    const auto frames = frames_of(received.bytes.view());
    if (!frames) return tl::unexpected(frames.error());
    const std::string who = "start rank " + std::to_string(known->second) + " on " + copies_[known->second].host_name;
    if (frames->front().type == FrameType::failed) {
        auto failed = control::parse_start_failure(frames->front().payload);
        if (!failed) return tl::unexpected(std::move(failed.error()));
        return base::failure(who, failed->sentence, failed->advice);
    }
    const auto host = std::find_if(job_.hosts.begin(), job_.hosts.end(),
                                   [&](const auto& one) { return one.ranks.front() == known->second; });
    if (frames->front().type != FrameType::note || host == job_.hosts.end() || brokers_missing_ == 0)
        return base::failure(who, "it said what a copy does not say");
    --brokers_missing_;
    if (!configure(static_cast<base::HostIndex>(host - job_.hosts.begin()), frames->front().payload))
        return base::failure("start the job", "a copy on " + host->name + " has ended");
    return {};
}

base::Result<void> CopiesRoot::on_hello(const transport::RoutingId& from, CopyHello hello) {
    const std::string who = "rank " + std::to_string(hello.rank) + " on " + hello.node.host_name;
    const std::string attempt = "join " + who + " to the job";
    if (hello.rank == 0 || hello.rank >= other_.size)
        return base::failure(attempt, "there are the ranks 0 to " + std::to_string(other_.size - 1));
    if (hello.node.protocol_version != protocol::version || hello.node.tasks != tasks_)
        return base::failure(attempt, "it runs another program, or this one built with another version of scoop",
                             "start the same file on all hosts");
    if (const auto before = copies_.find(hello.rank); before != copies_.end()) {
        if (before->second.place != hello.place)
            return base::failure(attempt, "there is another copy of this rank on " + before->second.host_name);
        rank_of_.erase(before->second.connection);  // the same, by a new connection
    }
    copies_[hello.rank] = {from, std::move(hello.place), std::move(hello.node.host_name)};
    rank_of_[from] = hello.rank;
    return {};
}

// Hosts in the order of their first rank, so that the root's is the first.
void CopiesRoot::place_copies() {
    std::map<std::string, base::HostIndex> hosts;
    for (const auto& [rank, copy] : copies_) {
        const auto [host, is_new] = hosts.emplace(copy.place, static_cast<base::HostIndex>(job_.hosts.size()));
        if (is_new) job_.hosts.push_back({copy.host_name, {}});
        job_.hosts[host->second].ranks.push_back(rank);
    }
}

// Tells the copies of a host where their broker is.
bool CopiesRoot::configure(base::HostIndex host, const std::string& endpoint) {
    CopyConfig config;
    config.worker.job_id = job_.job_id;
    config.worker.host = host;
    config.worker.hosts = job_.hosts;
    config.worker.broker_endpoint = endpoint;
    config.lifeline_port = lifelines_.port();
    for (const auto rank : job_.hosts[host].ranks) {
        config.worker.rank = rank;
        if (rank == 0) {
            root_config_ = config.worker;
            continue;
        }
        config.lifeline_token = lifelines_.token_of(rank);
        if (!router_->send(copies_[rank].connection, to_message(config))) return false;
    }
    return true;
}

std::string CopiesRoot::missing() const {
    std::vector<base::Rank> ranks;
    for (base::Rank rank = 0; rank < other_.size; ++rank)
        if (!copies_.contains(rank)) ranks.push_back(rank);
    return list_ranks(ranks) + (ranks.size() == 1 ? " has" : " have");
}

base::Result<void> CopiesRoot::wait_ready() {
    const auto is_connected = [this] { return broker_.is_connected(); };
    if (auto ready = lifelines_.wait_ready(broker_.event_fd(), is_connected, deadline_); !ready) return ready;
    broker_.remove_directory();
    const auto watched = lifelines_.watch([this](base::Rank rank) {
        const std::string who = rank == 0 ? "the process that started rank 0"
                                          : "rank " + std::to_string(rank) + " on " + copies_[rank].host_name;
        say_on_stderr(who + " has ended; so the job ends");
        launcher_end_.reset();
    });
    if (!watched) return watched;
    const std::string start = control::encode(FrameType::start);
    // A few bytes always fit into the empty socket.
    [[maybe_unused]] const auto sent = ::send(launcher_end_.get(), start.data(), start.size(), MSG_NOSIGNAL);
    return {};
}

void CopiesRoot::end() {
    rendezvous_->end();  // first: a launcher may kill this process as soon as another copy has ended
    lifelines_.close();
}

}  // namespace scoop::node
