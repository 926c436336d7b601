#include "node/lifelines.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/descriptor_limit.hpp"
#include "base/signals_blocked.hpp"
#include "base/token.hpp"

namespace scoop::node {

namespace {

using control::FrameType;
using std::chrono::milliseconds;

// A connection without a word after these is none of ours: strangers may not use up our descriptors.
constexpr std::size_t strangers_max = 64;
constexpr std::size_t descriptors_spare = 256;
constexpr std::size_t listed_max = 8;
// Silence for 5 s, then three questions 5 s apart: after that a host has vanished.
constexpr int keep_alive_seconds = 5;
constexpr int keep_alive_questions = 3;

int milliseconds_until(base::TimePoint deadline) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - base::Clock::now());
    return static_cast<int>(std::max(left, milliseconds(0)).count());
}

void keep_alive(int fd) {
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keep_alive_seconds, sizeof keep_alive_seconds);
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &keep_alive_seconds, sizeof keep_alive_seconds);
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &keep_alive_questions, sizeof keep_alive_questions);
}

// IPv6 and IPv4 in one, or IPv4 where the kernel has no IPv6.
base::UniqueFd listen_on_free_port(std::uint16_t& port) {
    for (const int family : {AF_INET6, AF_INET}) {
        base::UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!fd) continue;
        const int off = 0;
        if (family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        sockaddr_in6 any6{};
        any6.sin6_family = AF_INET6;
        sockaddr_in any4{};
        any4.sin_family = AF_INET;
        const auto* any =
            family == AF_INET6 ? reinterpret_cast<const sockaddr*>(&any6) : reinterpret_cast<const sockaddr*>(&any4);
        const socklen_t size = family == AF_INET6 ? sizeof any6 : sizeof any4;
        sockaddr_in6 bound{};
        socklen_t bound_size = sizeof bound;
        if (::bind(fd.get(), any, size) != 0 || ::listen(fd.get(), SOMAXCONN) != 0 ||
            ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &bound_size) != 0)
            continue;
        port = ntohs(bound.sin6_port);  // of both families in the same place
        return fd;
    }
    return {};
}

}  // namespace

base::Result<void> Lifelines::open(std::uint32_t size) {
    base::raise_descriptor_limit(size + descriptors_spare);
    tokens_.resize(size);
    for (base::Rank rank = 1; rank < size; ++rank) {
        auto token = base::make_token();
        if (!token) return tl::unexpected(std::move(token.error()));
        tokens_[rank] = std::move(*token);
    }
    listener_ = listen_on_free_port(port_);
    if (!listener_) return base::system_failure("listen for the other copies of this program");
    return {};
}

base::Result<void> Lifelines::wait_ready(int own_events, const std::function<base::Result<bool>()>& is_own_part_ready,
                                         base::TimePoint deadline) {
    for (;;) {
        const auto own = is_own_part_ready();
        if (!own) return tl::unexpected(own.error());
        const auto ready = std::count_if(lines_.begin(), lines_.end(), [](auto& line) { return line->is_ready; });
        if (*own && static_cast<std::size_t>(ready) + 1 == tokens_.size()) break;
        std::vector<pollfd> descriptors = {{listener_.get(), POLLIN, 0}, {own_events, POLLIN, 0}};
        for (const auto& line : lines_) descriptors.push_back({line->fd.get(), POLLIN, 0});
        if (::poll(descriptors.data(), descriptors.size(), milliseconds_until(deadline)) == 0)
            return base::failure("start the job", missing() + " not ready in time");
        for (std::size_t k = 2; k < descriptors.size(); ++k)
            if (descriptors[k].revents != 0)
                if (auto read_all = read(*lines_[k - 2]); !read_all) return read_all;
        std::erase_if(lines_, [](const auto& line) { return !line->fd; });
        if (descriptors[0].revents != 0) accept_all();
    }
    listener_.reset();
    std::erase_if(lines_, [](const auto& line) { return line->rank == 0; });
    return {};
}

void Lifelines::accept_all() {
    for (;;) {
        base::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!fd) return;
        const auto strangers = std::count_if(lines_.begin(), lines_.end(), [](auto& line) { return line->rank == 0; });
        if (static_cast<std::size_t>(strangers) >= strangers_max + tokens_.size()) continue;
        keep_alive(fd.get());
        lines_.push_back(std::make_unique<Line>());
        lines_.back()->fd = std::move(fd);
    }
}

// A stranger's is closed; a Failure when one of ours has ended or cannot go on.
base::Result<void> Lifelines::read(Line& line) {
    char bytes[4096];
    const std::size_t wanted = line.rank == 0 ? base::token_size - line.token.size() : sizeof bytes;
    const auto size = ::recv(line.fd.get(), bytes, wanted, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (size <= 0) {
        line.fd.reset();
        if (line.rank == 0) return {};
        return base::failure("start the job", "rank " + std::to_string(line.rank) + " has ended");
    }
    if (line.rank == 0) {
        line.token.append(bytes, static_cast<std::size_t>(size));
        if (line.token.size() == base::token_size) identify(line);
        return {};
    }
    line.frames.push({bytes, static_cast<std::size_t>(size)});
    for (;;) {
        const auto frame = line.frames.next();
        if (!frame) return tl::unexpected(frame.error());
        if (!*frame) return {};
        if ((*frame)->type == FrameType::ready) line.is_ready = true;
        if ((*frame)->type == FrameType::failed)
            return base::failure("start rank " + std::to_string(line.rank), (*frame)->payload);
    }
}

void Lifelines::identify(Line& line) {
    for (base::Rank rank = 1; rank < tokens_.size(); ++rank) {
        if (tokens_[rank] != line.token) continue;
        tokens_[rank].clear();
        line.rank = rank;
        return;
    }
    line.fd.reset();
}

std::string Lifelines::missing() const {
    std::vector<bool> is_ready(tokens_.size());
    for (const auto& line : lines_)
        if (line->is_ready) is_ready[line->rank] = true;
    std::vector<base::Rank> ranks;
    for (base::Rank rank = 1; rank < tokens_.size(); ++rank)
        if (!is_ready[rank]) ranks.push_back(rank);
    return ranks.empty() ? "the broker of this host is" : list_ranks(ranks) + (ranks.size() == 1 ? " is" : " are");
}

base::Result<void> Lifelines::watch(std::function<void(base::Rank)> on_end) {
    on_end_ = std::move(on_end);
    // An mpirun that is killed leaves behind what it has started.
    parent_.reset(static_cast<int>(::syscall(SYS_pidfd_open, ::getppid(), 0)));
    if (!parent_) return base::system_failure("watch the process that started this one");
    const base::SignalsBlocked blocked;
    thread_ = std::thread([this] { run(); });
    return {};
}

void Lifelines::run() {
    pthread_setname_np(pthread_self(), "scoop-local");
    std::vector<pollfd> descriptors = {{must_end_.fd(), POLLIN, 0}, {parent_.get(), POLLIN, 0}};
    for (const auto& line : lines_) descriptors.push_back({line->fd.get(), POLLIN, 0});
    for (;;) {
        if (::poll(descriptors.data(), descriptors.size(), -1) < 0) continue;
        if (descriptors[0].revents != 0) return;
        if (descriptors[1].revents != 0) return on_end_(0);
        for (std::size_t k = 2; k < descriptors.size(); ++k) {
            if (descriptors[k].revents == 0) continue;
            // What a copy says after its start is not awaited: only its end is.
            char bytes[256];
            const auto size = ::recv(descriptors[k].fd, bytes, sizeof bytes, MSG_DONTWAIT);
            if (size > 0 || (size < 0 && (errno == EINTR || errno == EAGAIN))) continue;
            return on_end_(lines_[k - 2]->rank);
        }
    }
}

void Lifelines::close() {
    must_end_.signal();
    if (thread_.joinable()) thread_.join();
    lines_.clear();
    listener_.reset();
}

base::Result<base::UniqueFd> connect_lifeline(const std::string& address, std::uint16_t port, const std::string& token,
                                              base::TimePoint deadline) {
    const std::string attempt = "connect to rank 0 at " + address + " port " + std::to_string(port);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0)
        return base::failure(attempt, "not a numeric address");
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, &::freeaddrinfo);
    base::UniqueFd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return base::system_failure(attempt);
    if (::connect(fd.get(), found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS)
        return base::system_failure(attempt);
    pollfd connected{fd.get(), POLLOUT, 0};
    if (::poll(&connected, 1, milliseconds_until(deadline)) == 0) return base::system_failure(attempt, ETIMEDOUT);
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return base::system_failure(attempt, error);
    keep_alive(fd.get());
    if (::send(fd.get(), token.data(), token.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(token.size()))
        return base::system_failure(attempt);
    return fd;
}

void tell_on_lifeline(int fd, FrameType type, const std::string& payload) {
    const std::string frame = control::encode(type, payload);
    // Where it fails rank 0 is gone, which the reader of this end is told.
    [[maybe_unused]] const auto sent = ::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL);
}

std::string list_ranks(const std::vector<base::Rank>& ranks) {
    std::string text = ranks.size() == 1 ? "rank " : "ranks ";
    for (std::size_t k = 0; k < ranks.size() && k < listed_max; ++k)
        text += (k == 0 ? "" : ", ") + std::to_string(ranks[k]);
    if (ranks.size() > listed_max) text += " and " + std::to_string(ranks.size() - listed_max) + " more";
    return text;
}

}  // namespace scoop::node
