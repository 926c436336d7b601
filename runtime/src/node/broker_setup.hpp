// What a host's broker is configured with, taken from the description of the job. Pure; any thread.
#pragma once

#include <string>

#include "broker/broker_thread.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

/// "rank 3 on node2", for a rank of the job's host.
[[nodiscard]] std::string name_of_rank(const control::JobDescription& job, base::Rank rank);

/// `directory` is the job's on this host; `upstream` the root broker's endpoint, empty if there is none and
/// this is the only broker.
[[nodiscard]] broker::BrokerConfig make_broker_config(const control::JobDescription& job, const std::string& directory,
                                                      const std::string& upstream);

}  // namespace scoop::node
