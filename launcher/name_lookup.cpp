#include "launcher/name_lookup.hpp"

#include <netdb.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace scoop::launcher {

namespace {

using Addresses = base::Result<std::vector<SocketAddress>>;

Addresses look_up(const std::string& name, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    int error = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &list);
    // On a machine with only a loopback interface AI_ADDRCONFIG hides every address, those of loopback too.
    if (error == EAI_NONAME || error == EAI_ADDRFAMILY) {
        hints.ai_flags = 0;
        error = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &list);
    }
    if (error != 0)
        return base::failure("resolve " + name, error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, &::freeaddrinfo);
    std::vector<SocketAddress> addresses;
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
        SocketAddress& address = addresses.emplace_back();
        std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
        address.size = one->ai_addrlen;
    }
    return addresses;
}

}  // namespace

NameLookup::NameLookup(std::string name, std::uint16_t port)
    : call_([name = std::move(name), port] { return look_up(name, port); }) {}

int NameLookup::fd() const { return call_.fd(); }

Addresses NameLookup::result() const { return call_.answer(); }

}  // namespace scoop::launcher
