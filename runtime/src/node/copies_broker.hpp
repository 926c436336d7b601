// CopiesBroker: the broker of a host on which another launcher has started the workers, in a thread of the first of
// them, with the directory of its socket. One thread.
#pragma once

#include <memory>
#include <string>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "broker/broker_thread.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

class CopiesBroker {
public:
    CopiesBroker() = default;
    ~CopiesBroker() { remove_directory(); }
    CopiesBroker(const CopiesBroker&) = delete;
    CopiesBroker& operator=(const CopiesBroker&) = delete;

    /// A broker of all ranks of the job's host; `upstream` as make_broker_config has it.
    [[nodiscard]] base::Result<void> start(const control::JobDescription& job, const std::string& upstream);
    /// The root broker besides, in the same directory, for these hosts. Before start().
    [[nodiscard]] base::Result<void> start_root_broker(const control::JobDescription& job,
                                                       const std::string& server_secret_key);

    [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
    [[nodiscard]] const std::string& root_endpoint() const { return root_endpoint_; }
    [[nodiscard]] std::uint16_t root_port() const { return root_broker_->tcp_port(); }

    /// Readable when is_connected() may say something else.
    [[nodiscard]] int event_fd() const { return broker_->event_fd(); }
    /// All ranks of the host and the root broker are. A Failure if the root broker does not want us.
    [[nodiscard]] base::Result<bool> is_connected();
    /// Once all are connected nobody needs it: so nothing stays behind, however the process ends.
    void remove_directory();

private:
    [[nodiscard]] base::Result<void> make_directory();

    std::string directory_;
    base::UniqueFd directory_lock_;
    std::string endpoint_;
    std::string root_endpoint_;
    std::unique_ptr<broker::BrokerThread> root_broker_;  // outlives broker_
    std::unique_ptr<broker::BrokerThread> broker_;
    bool has_all_peers_ = false;
    bool has_upstream_ = false;
};

}  // namespace scoop::node
