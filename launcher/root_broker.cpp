#include "launcher/root_broker.hpp"

#include <utility>

#include "base/addresses.hpp"
#include "base/job_directory.hpp"
#include "base/private_memory.hpp"
#include "hostfile/host.hpp"
#include "protocol/tags.hpp"
#include "transport/curve.hpp"

namespace scoop::launcher {

static_assert(hostfile::tags_max <= protocol::tags_max);

void RootBroker::stop() {
    broker_.reset();
    if (!directory_.empty()) base::remove_job_directory(directory_);
    directory_.clear();
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
        auto directory = base::make_job_directory();
        if (!directory) return tl::unexpected(std::move(directory.error()));
        directory_ = std::move(*directory);
        ipc_endpoint_ = "ipc://" + directory_ + "/root";
        config.ipc_endpoint = ipc_endpoint_;
    }
    if (config.bind_tcp)
        if (auto made = make_keys(setup, ranks, config); !made) return made;

    auto broker = broker::BrokerThread::start(std::move(config));
    if (!broker) return tl::unexpected(std::move(broker.error()).within("start the root broker"));
    broker_ = std::move(*broker);
    if (broker_->tcp_port() != 0)
        for (const auto& address : base::endpoint_addresses(base::interface_addresses()))
            tcp_endpoints_.push_back("tcp://" + address + ":" + std::to_string(broker_->tcp_port()));
    return {};
}

base::Result<void> RootBroker::make_keys(const JobSetup& setup, const RanksOfHosts& ranks,
                                         broker::BrokerConfig& config) {
    base::keep_memory_out_of_core_files();
    auto server = transport::make_curve_keys();
    if (!server) return tl::unexpected(std::move(server.error()));
    config.server_public_key = server->public_key;
    config.server_secret_key = server->secret_key;
    for (base::HostIndex host = 0; host < ranks.size(); ++host) {
        if (ranks[host].empty() || setup.hosts[host].is_local) continue;
        auto client = transport::make_curve_keys();
        if (!client) return tl::unexpected(std::move(client.error()));
        config.allowed_client_keys.push_back(client->public_key);
        keys_[host] = {server->public_key, client->public_key, client->secret_key};
    }
    return {};
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
