// The node roles of a process: caller, guardian and broker host. None returns to the user's program.
//
//   caller (with some starters only)    calls scoop-run back, and carries the control channel
//   guardian (started by the launcher)  watches over the node process and kills what it leaves behind
//   └─ node process                     control channel, spawning, output, reaping; runs the host's BrokerThread
//      └─ workers
#pragma once

#include <string>
#include <vector>

namespace scoop::node {

/// The caller: role variable "caller". Descriptor 3 is where a protocol::CallText stands, as a line. Never returns.
[[noreturn]] void run_caller();
/// The guardian: role variable "node". Descriptors 3 and 4 are the control channel. Never returns.
[[noreturn]] void run_guardian();
/// The node process: role variable "broker". Descriptors 3 and 4 are the control channel, 5 is the guardian's lifeline.
/// `tasks` are the portable names of what this program can run; the launcher compares them between hosts. Never
/// returns.
[[noreturn]] void run_node(std::vector<std::string> tasks = {});

}  // namespace scoop::node
