#include "node/broker_setup.hpp"

namespace scoop::node {

std::string name_of_rank(const control::JobDescription& job, base::Rank rank) {
    return "rank " + std::to_string(rank) + " on " + job.hosts[job.host].name;
}

broker::BrokerConfig make_broker_config(const control::JobDescription& job, const std::string& directory,
                                        const std::string& upstream) {
    broker::BrokerConfig config;
    const protocol::TagMask own_tags = protocol::TagTable::of(job.hosts).of_host(job.host);
    for (const base::Rank rank : job.hosts[job.host].ranks) {
        config.peers[rank] = {rank};
        config.peer_names[rank] = name_of_rank(job, rank);
        config.peer_tags[rank] = own_tags;
    }
    config.replaces_workers = job.respawn;
    if (!job.root_works) config.idle_ranks.insert(0);
    // The launcher's own socket may be in the same directory.
    config.ipc_endpoint = "ipc://" + directory + "/node-" + std::to_string(job.host);
    config.upstream_endpoint = upstream;
    config.is_alone = upstream.empty();
    config.upstream_keys = job.keys;
    config.host = job.host;
    return config;
}

}  // namespace scoop::node
