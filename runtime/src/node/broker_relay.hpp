// BrokerRelay: what the host's broker connects to in place of the root broker, when that can only be reached through
// the control channel. A socket in the job's directory, which nobody else can enter, with a Relay behind it. One
// thread.
#pragma once

#include <string>

#include "base/failure.hpp"
#include "base/poll_set.hpp"
#include "base/unique_fd.hpp"
#include "transport/relay.hpp"

namespace scoop::node {

class BrokerRelay {
public:
    /// Listens in `directory`.
    [[nodiscard]] static base::Result<BrokerRelay> open(const std::string& directory, transport::Relay::Send send);

    /// "ipc://…", for the broker.
    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
    void watch(base::PollSet& poll_set);
    /// See Relay.
    [[nodiscard]] base::Result<void> on_message(const control::Message& message) { return relay_.on_message(message); }

private:
    BrokerRelay(base::UniqueFd listener, std::string endpoint, transport::Relay relay);
    void accept();

    base::UniqueFd listener_;
    std::string endpoint_;
    transport::Relay relay_;
};

}  // namespace scoop::node
