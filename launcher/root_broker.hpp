// RootBroker: the broker of the whole job with what belongs to it: its keys, its addresses. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "broker/broker_thread.hpp"
#include "launcher/job_core.hpp"
#include "launcher/job_setup.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

class RootBroker {
public:
    /// Binds for the hosts that have ranks; in `directory`, which must be 0700, for the local node.
    [[nodiscard]] base::Result<void> start(const JobSetup& setup, const RanksOfHosts& ranks,
                                           const base::Result<std::string>& directory);

    void stop() { broker_.reset(); }

    /// How the node of a host reaches the broker: endpoints, keys, directory.
    void describe(base::HostIndex host, bool is_local, control::JobDescription& job) const;

    /// Null before start().
    [[nodiscard]] broker::BrokerThread* broker() { return broker_.get(); }

private:
    [[nodiscard]] base::Result<void> make_keys(const JobSetup& setup, const RanksOfHosts& ranks,
                                               broker::BrokerConfig& config);

    std::string directory_;  ///< with the socket for the local node; empty when there is no local node
    std::string ipc_endpoint_;
    std::vector<std::string> tcp_endpoints_;
    std::map<base::HostIndex, control::CurveKeys> keys_;  ///< of the hosts that come by TCP
    std::unique_ptr<broker::BrokerThread> broker_;
};

}  // namespace scoop::launcher
