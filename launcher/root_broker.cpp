#include "launcher/root_broker.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "base/job_directory.hpp"
#include "base/private_memory.hpp"
#include "base/spinning.hpp"
#include "hostfile/host.hpp"
#include "protocol/tags.hpp"
#include "transport/curve.hpp"

namespace scoop::launcher {

static_assert(hostfile::tags_max <= protocol::tags_max);

void RootBroker::stop() {
    broker_.reset();
    if (!directory_.empty()) base::remove_job_directory(directory_);
    directory_.clear();
    directory_lock_.reset();
}

base::Result<void> RootBroker::start(const JobSetup& setup, const RanksOfHosts& ranks) {
    broker::BrokerConfig config;
    bool has_local = false;
    const auto tags = protocol::TagTable::of(setup.hosts);
    for (base::HostIndex host = 0; host < ranks.size(); ++host) {
        if (ranks[host].empty()) continue;
        config.peers[host] = ranks[host];
        config.peer_names[host] = setup.hosts[host].name;
        config.peer_tags[host] = tags.of_host(host);
        (setup.hosts[host].is_local ? has_local : config.bind_tcp) = true;
    }
    if (!setup.root_works) config.idle_ranks.insert(0);
    if (has_local) {
        if (auto made = make_directory(); !made) return made;
        config.ipc_endpoint = ipc_endpoint_;
    }
    if (config.bind_tcp) {
        auto entrance = make_entrance(setup);
        if (!entrance) return tl::unexpected(std::move(entrance.error()));
        config.server_public_key = server_public_key_;
        config.server_secret_key = std::move(entrance->server_secret_key);
        config.tcp_binding = std::move(entrance->binding);
        for (const auto& [host, host_ranks] : config.peers) {
            if (setup.hosts[host].is_local) continue;
            if (auto made = make_keys(host); !made) return made;
            config.allowed_client_keys.push_back(keys_.at(host).public_key);
        }
    }
    base::set_spinning(setup.spins);
    auto broker = broker::BrokerThread::start(std::move(config));
    if (!broker) return tl::unexpected(std::move(broker.error()).within("start the root broker"));
    broker_ = std::move(*broker);
    note_endpoints();
    return {};
}

base::Result<void> RootBroker::add(const JobSetup& setup, base::HostIndex host, const std::vector<base::Rank>& ranks) {
    broker::JoiningHost joining;
    const auto tags = protocol::TagTable::of(setup.hosts).of_host(host);
    joining.peer = {host, setup.hosts[host].name, ranks, tags};
    if (setup.hosts[host].is_local) {
        if (directory_.empty())
            if (auto made = make_directory(); !made) return made;
        joining.ipc_endpoint = ipc_endpoint_;
    } else {
        if (broker_->tcp_port() == 0) {  // the job was this machine's alone until now
            auto entrance = make_entrance(setup);
            if (!entrance) return tl::unexpected(std::move(entrance.error()));
            joining.entrance = std::move(*entrance);
        }
        if (auto made = make_keys(host); !made) return made;
        joining.client_key = keys_.at(host).public_key;
    }
    if (auto added = broker_->add(std::move(joining)); !added) return added;
    note_endpoints();
    return {};
}

base::Result<void> RootBroker::make_directory() {
    auto directory = base::make_job_directory();
    if (!directory) return tl::unexpected(std::move(directory.error()));
    directory_ = std::move(directory->path);
    directory_lock_ = std::move(directory->lock);
    ipc_endpoint_ = "ipc://" + directory_ + "/root";
    return {};
}

base::Result<broker::TcpEntrance> RootBroker::make_entrance(const JobSetup& setup) {
    base::keep_memory_out_of_core_files();
    auto server = transport::make_curve_keys();
    if (!server) return tl::unexpected(std::move(server.error()));
    auto listening = listening_addresses(setup.reach);
    if (!listening) return tl::unexpected(std::move(listening.error()));
    tcp_address_ = std::move(listening->own);
    if (setup.reach.tunnel == control::Tunnel::always)
        listening->binding.addresses = {tcp_address_ = "127.0.0.1"};
    else
        offered_ = std::move(listening->offered);
    server_public_key_ = std::move(server->public_key);
    return broker::TcpEntrance{std::move(server->secret_key), std::move(listening->binding)};
}

base::Result<void> RootBroker::make_keys(base::HostIndex host) {
    auto client = transport::make_curve_keys();
    if (!client) return tl::unexpected(std::move(client.error()));
    keys_[host] = {server_public_key_, client->public_key, client->secret_key};
    return {};
}

void RootBroker::note_endpoints() {
    tcp_endpoints_.clear();
    for (const auto& address : offered_)
        tcp_endpoints_.push_back("tcp://" + address + ":" + std::to_string(broker_->tcp_port()));
}

base::Result<base::UniqueFd> RootBroker::connect() const {
    const std::string port = std::to_string(broker_ ? broker_->tcp_port() : 0);
    const std::string attempt = "connect to the root broker at " + tcp_address_ + " port " + port;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(tcp_address_.c_str(), port.c_str(), &hints, &found) != 0)
        return base::failure(attempt, "not a numeric address");
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> address(found, &::freeaddrinfo);
    base::UniqueFd fd(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return base::system_failure(attempt);
    // To an address of this machine it does not take a moment, but is not always done at once either.
    if (::connect(fd.get(), address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS)
        return base::system_failure(attempt);
    const int one = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

void RootBroker::describe(base::HostIndex host, bool is_local, control::JobDescription& job) const {
    if (is_local) {
        job.broker_endpoints = {ipc_endpoint_};
        job.directory = directory_;
    } else {
        job.broker_endpoints = tcp_endpoints_;
        job.keys = keys_.at(host);
    }
}

}  // namespace scoop::launcher
