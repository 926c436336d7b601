// The node roles of a process: guardian and broker host. Neither returns to the user's program.
//
//   guardian (started by the launcher)  watches over the node process and kills what it leaves behind
//   └─ node process                     control channel, spawning, output, reaping; runs the host's BrokerThread
//      └─ workers
#pragma once

#include <string>
#include <vector>

namespace scoop::node {

/// The guardian: role variable "node". Descriptors 3 and 4 are the control channel. Never returns.
[[noreturn]] void run_guardian();
/// The node process: role variable "broker". Descriptors 3 and 4 are the control channel, 5 is the guardian's lifeline.
/// `tasks` are the portable names of what this program can run; the launcher compares them between hosts. Never
/// returns.
[[noreturn]] void run_node(std::vector<std::string> tasks = {});

}  // namespace scoop::node
