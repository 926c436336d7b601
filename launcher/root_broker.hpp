// RootBroker: the broker of the whole job with what belongs to it: its directory, its keys, its addresses. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "broker/broker_thread.hpp"
#include "launcher/job_core.hpp"
#include "launcher/job_setup.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

class RootBroker {
public:
    RootBroker() = default;
    ~RootBroker() { stop(); }
    RootBroker(const RootBroker&) = delete;
    RootBroker& operator=(const RootBroker&) = delete;

    /// Binds for the hosts that have ranks.
    [[nodiscard]] base::Result<void> start(const JobSetup& setup, const RanksOfHosts& ranks);

    /// A host of `setup` joins. Makes the kind of entrance that it needs, if there is none yet.
    [[nodiscard]] base::Result<void> add(const JobSetup& setup, base::HostIndex host,
                                         const std::vector<base::Rank>& ranks);

    /// Stops the broker and removes the directory.
    void stop();

    /// A connection to the broker from this process, non-blocking, for a host that cannot make one.
    [[nodiscard]] base::Result<base::UniqueFd> connect() const;

    /// How the node of a host reaches the broker: endpoints, keys, directory.
    void describe(base::HostIndex host, bool is_local, control::JobDescription& job) const;

    /// Null before start().
    [[nodiscard]] broker::BrokerThread* broker() { return broker_.get(); }

private:
    [[nodiscard]] base::Result<void> make_directory();
    [[nodiscard]] base::Result<broker::TcpEntrance> make_entrance(const JobSetup& setup);
    [[nodiscard]] base::Result<void> make_keys(base::HostIndex host);
    void note_endpoints();

    std::string directory_;  ///< 0700, with the socket for the local node; empty when there is no local node
    base::UniqueFd directory_lock_;
    std::string ipc_endpoint_;
    std::string server_public_key_;
    std::vector<std::string> offered_;                    ///< our addresses for other hosts
    std::string tcp_address_;                             ///< by which we reach it ourselves, without a port
    std::vector<std::string> tcp_endpoints_;              ///< for other hosts; empty if they are not to use TCP
    std::map<base::HostIndex, control::CurveKeys> keys_;  ///< of the hosts that come by TCP
    std::unique_ptr<broker::BrokerThread> broker_;
};

}  // namespace scoop::launcher
