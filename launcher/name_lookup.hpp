// NameLookup: asks the name service without the risk of being stuck in it.
//
// getaddrinfo can neither be interrupted nor given a time limit, and a name server that is down takes it half a minute.
// So it is a LoneCall. The handle belongs to one thread.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "launcher/lone_call.hpp"

namespace scoop::launcher {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

class NameLookup {
public:
    /// Begins to look up `name`, which may be an address already.
    NameLookup(std::string name, std::uint16_t port);

    /// Readable once there is a result.
    [[nodiscard]] int fd() const;
    /// The addresses in the order to try them. Waits if the lookup has not finished.
    [[nodiscard]] base::Result<std::vector<SocketAddress>> result() const;

private:
    LoneCall<base::Result<std::vector<SocketAddress>>> call_;
};

}  // namespace scoop::launcher
