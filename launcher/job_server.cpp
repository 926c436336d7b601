#include "launcher/job_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/assert.hpp"
#include "base/job_directory.hpp"
#include "launcher/exit_status.hpp"

namespace scoop::launcher {

namespace {

// Longer than anybody's burst; who finds it full tries again.
constexpr int backlog = 16;
constexpr std::chrono::seconds accept_pause{1};

bool is_same_user(int fd) {
    ucred peer{};
    socklen_t size = sizeof peer;
    return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == ::geteuid();
}

}  // namespace

base::Result<void> JobServer::open() {
    const auto directory = base::make_job_directory();
    if (!directory) return tl::unexpected(directory.error());
    const std::string path = directory->path + std::string(job_socket_end.substr(0, job_socket_end.find(' ')));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    SCOOP_ASSERT(path.size() < sizeof address.sun_path);  // make_job_directory leaves room
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const bool is_made = fd && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                         ::listen(fd.get(), backlog) == 0;
    base::UniqueFd name(is_made ? ::open(path.c_str(), O_PATH | O_CLOEXEC) : -1);
    const int error = errno;
    base::remove_job_directory(directory->path);
    if (!name) return base::system_failure("make the socket " + path, error);
    listener_ = std::move(fd);
    name_ = std::move(name);
    return {};
}

void JobServer::watch(base::PollSet& poll_set) {
    if (listener_ && clients_.size() < clients_max && !accepts_again_at_)
        poll_set.watch(listener_.get(), POLLIN, [this] { on_connection(); });
    for (const auto& [id, client] : clients_)
        poll_set.watch(client.fd.get(), client.answer.empty() ? POLLIN : POLLOUT, [this, id = id] { on_ready(id); });
}

std::vector<JobServer::Asked> JobServer::take_asked() { return std::exchange(asked_, {}); }

void JobServer::answer(ClientId id, const JobAnswer& answer) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    found->second.answer.push(encode(answer));
    found->second.deadline = base::Clock::now() + client_time_max;
}

void JobServer::on_connection() {
    base::UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    const auto now = base::Clock::now();
    if (!fd) {
        // It would stay readable without us being able to do anything about it.
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) accepts_again_at_ = now + accept_pause;
        return;
    }
    // /proc keeps others out already, but root.
    if (!is_same_user(fd.get())) return;
    Client& client = clients_[++last_id_];
    client.fd = std::move(fd);
    client.deadline = now + client_time_max;
}

void JobServer::on_ready(ClientId id) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    Client& client = found->second;
    if (client.answer.empty()) return read_from(id, client);
    if (!client.answer.write_to(client.fd.get()) || client.answer.empty()) drop(id);
}

void JobServer::read_from(ClientId id, Client& client) {
    std::array<char, 4096> bytes{};
    const auto size = ::read(client.fd.get(), bytes.data(), bytes.size());
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    // Its end, or more than the one request.
    if (size <= 0 || !client.deadline) return drop(id);
    client.request.append(bytes.data(), static_cast<std::size_t>(size));
    const auto is_whole = is_whole_message(client.request);
    if (is_whole && !*is_whole) return;
    auto request = is_whole ? parse_job_request(client.request) : tl::unexpected(is_whole.error());
    client.request.clear();
    client.deadline.reset();
    if (request)
        asked_.push_back({id, std::move(*request)});
    else
        answer(id, {exit_usage, request.error().sentence()});
}

void JobServer::on_time(base::TimePoint now) {
    std::erase_if(clients_, [&](const auto& entry) { return entry.second.deadline && *entry.second.deadline <= now; });
    if (accepts_again_at_ && *accepts_again_at_ <= now) accepts_again_at_.reset();
}

base::TimePoint JobServer::next_deadline() const {
    auto earliest = accepts_again_at_.value_or(base::TimePoint::max());
    for (const auto& [id, client] : clients_)
        if (client.deadline) earliest = std::min(earliest, *client.deadline);
    return earliest;
}

}  // namespace scoop::launcher
