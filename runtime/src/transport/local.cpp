#include "transport/local.hpp"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "protocol/limits.hpp"

namespace scoop::transport {

namespace {

constexpr int backlog = 1024;
constexpr int events_per_turn_max = 64;
constexpr std::size_t input_bytes_min = 64u << 10;
constexpr ConnectionId listener_id = 0;

// Both ends are on one machine and of one build of the library: the size stands as it is in memory.
using Size = std::uint32_t;
static_assert(protocol::message_size_max <= UINT32_MAX);

base::Result<sockaddr_un> address_of(const std::string& endpoint) {
    constexpr std::string_view scheme = "ipc://";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!endpoint.starts_with(scheme) || endpoint.size() - scheme.size() >= sizeof address.sun_path)
        return base::failure("use " + endpoint, "not ipc:// and the path of a socket, of at most " +
                                                    std::to_string(sizeof address.sun_path - 1) + " bytes");
    std::memcpy(address.sun_path, endpoint.data() + scheme.size(), endpoint.size() - scheme.size());
    return address;
}

base::UniqueFd make_socket() { return base::UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

// The directory keeps others out already; this holds also where somebody has opened it.
bool is_of_this_user(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == ::geteuid() || peer.uid == 0);
}

// Waits until one of these can be written to or `limit` is over.
void wait_writable(std::vector<pollfd>& descriptors, base::TimePoint limit) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(limit - base::Clock::now());
    if (left.count() > 0) ::poll(descriptors.data(), descriptors.size(), static_cast<int>(left.count()));
}

}  // namespace

// LocalStream -------------------------------------------------------------------------------------------------------

// How many bytes of both went out; all of them, when the connection has ended: nobody waits for them.
std::size_t LocalStream::write_now(std::string_view header, std::string_view message) {
    iovec parts[] = {{const_cast<char*>(header.data()), header.size()},
                     {const_cast<char*>(message.data()), message.size()}};
    msghdr what{};
    what.msg_iov = parts;
    what.msg_iovlen = 2;
    for (;;) {
        const auto written = ::sendmsg(fd_.get(), &what, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (written >= 0) return static_cast<std::size_t>(written);
        if (errno == EINTR) continue;
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : header.size() + message.size();
    }
}

void LocalStream::send(std::string_view message) {
    const Size size = static_cast<Size>(message.size());
    char bytes[sizeof size];
    std::memcpy(bytes, &size, sizeof size);
    const std::string_view header(bytes, sizeof bytes);
    const std::size_t written = unsent_.empty() ? write_now(header, message) : 0;
    if (written >= header.size() + message.size()) return;
    std::string rest;
    if (written < header.size()) rest = header.substr(written);
    rest += message.substr(written - std::min(written, header.size()));
    unsent_.push_back(std::move(rest));
}

void LocalStream::flush() {
    while (!unsent_.empty()) {
        const std::string_view rest = std::string_view(unsent_.front()).substr(unsent_written_);
        const std::size_t written = write_now(rest, {});
        if (written < rest.size()) {
            unsent_written_ += written;
            if (written == 0) return;
            continue;
        }
        unsent_.pop_front();
        unsent_written_ = 0;
    }
}

// For the rest of the message whose beginning is here, or for as much as one turn takes in. The room of a large message
// is given back when its end is reached.
void LocalStream::make_room() {
    const std::size_t have = end_ - begin_;
    Size size = 0;
    if (have >= sizeof size) std::memcpy(&size, input_.get() + begin_, sizeof size);
    const std::size_t wanted = std::max(input_bytes_min, sizeof size + size);
    if (have == 0) begin_ = end_ = 0;
    if (capacity_ - begin_ >= wanted) return;
    if (wanted > capacity_ || wanted == input_bytes_min) {
        auto room = std::make_unique_for_overwrite<char[]>(wanted);
        if (have != 0) std::memcpy(room.get(), input_.get() + begin_, have);
        input_ = std::move(room);
        capacity_ = wanted;
    } else {
        std::memmove(input_.get(), input_.get() + begin_, have);
    }
    begin_ = 0;
    end_ = have;
}

LocalStream::Input LocalStream::receive(const std::function<void(std::string_view)>& on_message) {
    make_room();
    const auto count = ::recv(fd_.get(), input_.get() + end_, capacity_ - end_, MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Input::open : Input::ended;
    if (count == 0) return Input::ended;
    end_ += static_cast<std::size_t>(count);
    for (;;) {
        Size size = 0;
        if (end_ - begin_ < sizeof size) return Input::open;
        std::memcpy(&size, input_.get() + begin_, sizeof size);
        if (end_ - begin_ - sizeof size < size) return Input::open;
        const std::string_view message(input_.get() + begin_ + sizeof size, size);
        begin_ += sizeof size + size;
        on_message(message);
    }
}

// LocalClient -------------------------------------------------------------------------------------------------------

base::Result<LocalClient> LocalClient::connect(const std::string& endpoint) {
    const auto address = address_of(endpoint);
    if (!address) return base::unexpected(address.error());
    base::UniqueFd fd = make_socket();
    // On this machine it stands at once; only a full backlog of the broker makes it wait.
    if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return base::system_failure("connect " + endpoint);
    if (auto set = base::set_nonblocking(fd.get()); !set) return base::unexpected(std::move(set.error()));
    return LocalClient(std::move(fd));
}

void LocalClient::close(std::chrono::milliseconds linger) {
    const auto limit = base::Clock::now() + linger;
    while (stream_->has_unsent() && base::Clock::now() < limit) {
        std::vector<pollfd> descriptors{{stream_->fd(), POLLOUT, 0}};
        wait_writable(descriptors, limit);
        stream_->flush();
    }
    stream_.reset();
}

// LocalServer -------------------------------------------------------------------------------------------------------

base::Result<LocalServer> LocalServer::bind(const std::string& endpoint) {
    const auto address = address_of(endpoint);
    if (!address) return base::unexpected(address.error());
    base::UniqueFd listener = make_socket();
    base::UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!listener || !epoll ||
        ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0 ||
        ::listen(listener.get(), backlog) != 0)
        return base::system_failure("bind " + endpoint);
    if (auto set = base::set_nonblocking(listener.get()); !set) return base::unexpected(std::move(set.error()));
    epoll_event event{EPOLLIN, {.u64 = listener_id}};
    if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, listener.get(), &event) != 0)
        return base::system_failure("watch " + endpoint);
    return LocalServer(std::move(listener), std::move(epoll));
}

void LocalServer::watch(ConnectionId id, LocalStream& stream, int operation) {
    epoll_event event{EPOLLIN, {.u64 = id}};
    if (stream.has_unsent()) event.events |= EPOLLOUT;
    SCOOP_ASSERT(::epoll_ctl(epoll_.get(), operation, stream.fd(), &event) == 0);
}

void LocalServer::accept_all() {
    for (;;) {
        base::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd) return;
        if (!is_of_this_user(fd.get())) continue;
        const ConnectionId id = next_id_++;
        auto& connection = connections_[id];
        connection.stream = std::make_unique<LocalStream>(std::move(fd));
        watch(id, *connection.stream, EPOLL_CTL_ADD);
    }
}

void LocalServer::receive(const OnMessage& on_message, const OnEnd& on_end) {
    std::array<epoll_event, events_per_turn_max> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), events_per_turn_max, 0);
    for (int i = 0; i < count; ++i) {
        const ConnectionId id = events[static_cast<std::size_t>(i)].data.u64;
        if (id == listener_id) {
            accept_all();
            continue;
        }
        Connection& connection = connections_.at(id);
        if (connection.waits_to_write) {
            connection.stream->flush();
            connection.waits_to_write = connection.stream->has_unsent();
            if (!connection.waits_to_write) watch(id, *connection.stream, EPOLL_CTL_MOD);
        }
        const auto input = connection.stream->receive([&](std::string_view message) { on_message(id, message); });
        if (input == LocalStream::Input::open) continue;
        connections_.erase(id);
        on_end(id);
    }
}

bool LocalServer::send(ConnectionId to, std::string_view message) {
    const auto found = connections_.find(to);
    if (found == connections_.end()) return false;
    Connection& connection = found->second;
    connection.stream->send(message);
    if (connection.stream->has_unsent() && !std::exchange(connection.waits_to_write, true))
        watch(to, *connection.stream, EPOLL_CTL_MOD);
    return true;
}

void LocalServer::close(std::chrono::milliseconds linger) {
    const auto limit = base::Clock::now() + linger;
    for (;;) {
        std::vector<pollfd> descriptors;
        for (auto& [id, connection] : connections_) {
            connection.stream->flush();
            if (connection.stream->has_unsent()) descriptors.push_back({connection.stream->fd(), POLLOUT, 0});
        }
        if (descriptors.empty() || base::Clock::now() >= limit) break;
        wait_writable(descriptors, limit);
    }
    connections_.clear();
    listener_.reset();
}

}  // namespace scoop::transport
