#include "launcher/name_lookup.hpp"

#include <netdb.h>
#include <signal.h>

#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/wakeup.hpp"

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

struct NameLookup::State {
    base::Wakeup done;
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<Addresses> result;
};

NameLookup::NameLookup(std::string name, std::uint16_t port) : state_(std::make_shared<State>()) {
    std::thread([state = state_, name = std::move(name), port] {
        // It may outlive its use, and signals are for the main thread.
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        auto result = look_up(name, port);
        const std::lock_guard lock(state->mutex);
        state->result = std::move(result);
        state->changed.notify_all();
        state->done.signal();
    }).detach();
}

int NameLookup::fd() const { return state_->done.fd(); }

Addresses NameLookup::result() const {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->result.has_value(); });
    return *state_->result;
}

}  // namespace scoop::launcher
