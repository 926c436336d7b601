#include "node/copies_broker.hpp"

#include <utility>
#include <variant>

#include "base/job_directory.hpp"
#include "base/signals_blocked.hpp"
#include "node/broker_setup.hpp"

namespace scoop::node {

base::Result<void> CopiesBroker::make_directory() {
    if (!directory_.empty()) return {};
    auto made = base::make_job_directory();
    if (!made) return tl::unexpected(std::move(made.error()));
    directory_ = std::move(made->path);
    directory_lock_ = std::move(made->lock);
    return {};
}

base::Result<void> CopiesBroker::start_root_broker(const control::JobDescription& job,
                                                   const std::string& server_secret_key) {
    if (auto made = make_directory(); !made) return made;
    broker::BrokerConfig config;
    for (base::HostIndex host = 0; host < job.hosts.size(); ++host) {
        config.peers[host] = job.hosts[host].ranks;
        config.peer_names[host] = job.hosts[host].name;
    }
    config.ipc_endpoint = root_endpoint_ = "ipc://" + directory_ + "/root";
    config.bind_tcp = true;
    config.server_public_key = job.keys.server_public;
    config.server_secret_key = server_secret_key;
    config.allowed_client_keys = {job.keys.public_key};
    const base::SignalsBlocked blocked;
    auto started = broker::BrokerThread::start(std::move(config));
    if (!started) return tl::unexpected(std::move(started.error()).within("start the root broker"));
    root_broker_ = std::move(*started);
    return {};
}

base::Result<void> CopiesBroker::start(const control::JobDescription& job, const std::string& upstream) {
    if (auto made = make_directory(); !made) return made;
    auto config = make_broker_config(job, directory_, upstream);
    endpoint_ = config.ipc_endpoint;
    has_upstream_ = upstream.empty();
    const base::SignalsBlocked blocked;
    auto started = broker::BrokerThread::start(std::move(config));
    if (!started) return tl::unexpected(std::move(started.error()).within("start the broker of this host"));
    broker_ = std::move(*started);
    return {};
}

base::Result<bool> CopiesBroker::is_connected() {
    for (auto& event : broker_->take_events()) {
        if (std::holds_alternative<broker::AllPeersConnected>(event)) has_all_peers_ = true;
        if (std::holds_alternative<broker::UpstreamConnected>(event)) has_upstream_ = true;
        if (const auto* refused = std::get_if<broker::UpstreamRefused>(&event))
            return base::failure("join the job at the root broker", refused->sentence);
    }
    return has_all_peers_ && has_upstream_;
}

void CopiesBroker::remove_directory() {
    if (!directory_.empty()) base::remove_job_directory(directory_);
    directory_.clear();
    directory_lock_.reset();
}

}  // namespace scoop::node
