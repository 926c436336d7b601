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
static_assert(protocol::message_size_max <= UINT32_MAX && protocol::payload_size_max <= UINT32_MAX);

// What stands before everything.
struct FrameHeader {
    enum Kind : std::uint32_t { message, by_descriptor, by_bytes };
    Size size = 0;
    Kind kind = message;

    // After by_descriptor nothing follows.
    [[nodiscard]] std::size_t bytes_behind() const { return kind == by_descriptor ? 0 : size; }
};

std::string_view bytes_of(const FrameHeader& header) { return {reinterpret_cast<const char*>(&header), sizeof header}; }

std::string descriptor_headers(const Attachments& attachments) {
    std::string head;
    for (const auto& attachment : attachments)
        head += bytes_of({static_cast<Size>(attachment.size()), FrameHeader::by_descriptor});
    return head;
}
std::string attachments_as_bytes(const Attachments& attachments) {
    std::string head;
    for (const auto& attachment : attachments) {
        head += bytes_of({static_cast<Size>(attachment.size()), FrameHeader::by_bytes});
        head += attachment.view();
    }
    return head;
}

// For the descriptors of one call.
union ControlBuffer {
    char bytes[CMSG_SPACE(protocol::attachments_max * sizeof(int))];
    cmsghdr alignment;
};

void put_descriptors(msghdr& what, ControlBuffer& control, const Attachments& attachments) {
    const std::size_t size = attachments.size() * sizeof(int);
    what.msg_control = control.bytes;
    what.msg_controllen = CMSG_SPACE(size);
    cmsghdr* const header = CMSG_FIRSTHDR(&what);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(size);
    auto* at = reinterpret_cast<char*>(CMSG_DATA(header));
    for (const auto& attachment : attachments) {
        const int fd = attachment.shared()->fd();
        std::memcpy(at, &fd, sizeof fd);
        at += sizeof fd;
    }
}

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

// How many bytes of both went out; all of them, when the connection has ended: nobody waits for them. The descriptors
// go with the first byte.
LocalStream::Written LocalStream::write_now(std::string_view head, std::string_view message,
                                            const Attachments& attachments) {
    iovec parts[] = {{const_cast<char*>(head.data()), head.size()},
                     {const_cast<char*>(message.data()), message.size()}};
    msghdr what{};
    what.msg_iov = parts;
    what.msg_iovlen = 2;
    ControlBuffer control{};
    if (!attachments.empty()) put_descriptors(what, control, attachments);
    for (;;) {
        const auto written = ::sendmsg(fd_.get(), &what, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (written > 0)
            for (const auto& attachment : attachments) attachment.shared()->note_passed();
        if (written >= 0) return {static_cast<std::size_t>(written), false};
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return {};
        const bool has_ended = errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN || attachments.empty();
        return has_ended ? Written{head.size() + message.size(), false} : Written{0, true};
    }
}

void LocalStream::send(std::string_view message, Attachments attachments) {
    SCOOP_ASSERT(attachments.size() <= protocol::attachments_max);
    const FrameHeader header{static_cast<Size>(message.size()), FrameHeader::message};
    std::string head = descriptor_headers(attachments);
    head += bytes_of(header);
    Written written;
    if (unsent_.empty()) written = write_now(head, message, attachments);
    if (written.were_descriptors_refused) {
        head = attachments_as_bytes(std::exchange(attachments, {}));
        head += bytes_of(header);
        written = write_now(head, message, {});
    }
    if (written.bytes >= head.size() + message.size()) return;
    Unsent rest;
    if (written.bytes < head.size()) rest.bytes = head.substr(written.bytes);
    rest.bytes += message.substr(written.bytes - std::min(written.bytes, head.size()));
    if (written.bytes == 0) rest.attachments = std::move(attachments);
    unsent_.push_back(std::move(rest));
}

void LocalStream::flush() {
    while (!unsent_.empty()) {
        Unsent& first = unsent_.front();
        const std::string_view rest = std::string_view(first.bytes).substr(unsent_written_);
        const Written written = write_now(rest, {}, first.attachments);
        if (written.were_descriptors_refused) {
            const std::size_t headers = first.attachments.size() * sizeof(FrameHeader);
            first.bytes.replace(0, headers, attachments_as_bytes(std::exchange(first.attachments, {})));
            continue;
        }
        if (written.bytes == 0) return;
        first.attachments.clear();
        unsent_written_ += written.bytes;
        if (written.bytes < rest.size()) continue;
        unsent_.pop_front();
        unsent_written_ = 0;
    }
}

// What is wanted at once: the rest of the message whose begin is here, or as much as one turn takes in.
std::size_t LocalStream::wanted_room() const {
    FrameHeader header;
    if (end_ - begin_ < sizeof header) return input_bytes_min;
    std::memcpy(&header, input_.get() + begin_, sizeof header);
    return std::max(input_bytes_min, sizeof header + header.bytes_behind());
}

// The room of a large message is given back when its end is reached.
void LocalStream::make_room() {
    const std::size_t have = end_ - begin_;
    const std::size_t wanted = wanted_room();
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

// False when some of them are lost because this process can have no more.
bool LocalStream::take_descriptors(msghdr& header) {
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
            descriptors_.emplace_back(fd);
        }
    }
    return (header.msg_flags & MSG_CTRUNC) == 0;
}

// What was announced with a descriptor. Of too many some are copied, so that the program keeps descriptors for itself.
base::Result<protocol::Bytes> LocalStream::take_attachment(std::size_t size) {
    if (descriptors_.empty()) return base::failure("read a message", "a descriptor is missing");
    base::UniqueFd fd = std::move(descriptors_.front());
    descriptors_.pop_front();
    const bool is_to_be_copied = base::SharedBytes::has_too_many();
    auto shared = base::SharedBytes::receive(std::move(fd), size);
    if (!shared) return base::unexpected(std::move(shared.error()));
    protocol::Bytes bytes(std::move(*shared));
    if (is_to_be_copied) return protocol::Bytes(std::move(bytes).take_string());
    return bytes;
}

LocalStream::Input LocalStream::receive(const OnMessage& on_message) {
    make_room();
    iovec part{input_.get() + end_, capacity_ - end_};
    ControlBuffer control;
    msghdr what{};
    what.msg_iov = &part;
    what.msg_iovlen = 1;
    what.msg_control = control.bytes;
    what.msg_controllen = sizeof control.bytes;
    const auto count = ::recvmsg(fd_.get(), &what, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Input::open : Input::ended;
    if (count == 0) return Input::ended;
    end_ += static_cast<std::size_t>(count);
    const bool has_all = take_descriptors(what);
    // Those of one call belong to a message whose headers are here, beside what is left of the one before.
    if (descriptors_.size() > 2 * protocol::attachments_max) {
        problem_ = "descriptors come that no message announces";
        return Input::broken;
    }
    if (!has_all) {
        problem_ =
            "this process has no file descriptor left to receive a large value with; raise its limit (ulimit -n)";
        return Input::broken;
    }
    for (;;) {
        FrameHeader header;
        if (end_ - begin_ < sizeof header) return Input::open;
        std::memcpy(&header, input_.get() + begin_, sizeof header);
        if (end_ - begin_ - sizeof header < header.bytes_behind()) return Input::open;
        const std::string_view behind(input_.get() + begin_ + sizeof header, header.bytes_behind());
        begin_ += sizeof header + behind.size();
        if (header.kind == FrameHeader::message) {
            on_message(behind, std::exchange(attachments_, {}));
            continue;
        }
        if (header.kind == FrameHeader::by_bytes) {
            attachments_.emplace_back(std::string(behind));
        } else if (auto attachment = take_attachment(header.size)) {
            attachments_.push_back(std::move(*attachment));
        } else {
            problem_ = attachment.error().sentence();
            return Input::broken;
        }
        if (attachments_.size() > protocol::attachments_max) {
            problem_ = "more payloads come with one message than may";
            return Input::broken;
        }
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
        const auto input = connection.stream->receive([&](std::string_view message, Attachments&& attachments) {
            on_message(id, message, std::move(attachments));
        });
        if (input == LocalStream::Input::open) continue;
        const std::string problem = connection.stream->problem();
        // Closing does not suffice where another thread starts a process: until its exec it has the socket, too.
        watch(id, *connection.stream, EPOLL_CTL_DEL);
        connections_.erase(id);
        on_end(id, problem);
    }
}

bool LocalServer::send(ConnectionId to, std::string_view message, Attachments attachments) {
    const auto found = connections_.find(to);
    if (found == connections_.end()) return false;
    Connection& connection = found->second;
    connection.stream->send(message, std::move(attachments));
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
