#include "node/broker_relay.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <utility>

namespace scoop::node {

BrokerRelay::BrokerRelay(base::UniqueFd listener, std::string endpoint, transport::Relay relay)
    : listener_(std::move(listener)), endpoint_(std::move(endpoint)), relay_(std::move(relay)) {}

base::Result<BrokerRelay> BrokerRelay::open(const std::string& directory, transport::Relay::Send send) {
    const std::string path = directory + "/relay";
    const std::string attempt = "listen at " + path;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return base::system_failure(attempt, ENAMETOOLONG);
    std::memcpy(address.sun_path, path.data(), path.size());
    base::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!listener || ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.get(), static_cast<int>(transport::Relay::streams_max)) != 0)
        return base::system_failure(attempt, errno);
    return BrokerRelay(std::move(listener), "ipc://" + path, transport::Relay(std::move(send)));
}

void BrokerRelay::watch(base::PollSet& poll_set) {
    poll_set.watch(listener_.get(), POLLIN, [this] { accept(); });
    relay_.watch(poll_set);
}

void BrokerRelay::accept() {
    base::UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection) relay_.add(std::move(connection));
}

}  // namespace scoop::node
