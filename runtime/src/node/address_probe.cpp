#include "node/address_probe.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

namespace scoop::node {

namespace {

constexpr std::string_view tcp_prefix = "tcp://";
constexpr std::size_t endpoints_max = 64;
// A ZMTP peer speaks first: ff, eight bytes of any value, 7f.
constexpr std::size_t signature_size = 10;

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string reason_of(int error_number) { return base::system_failure("", error_number).value().reason; }

}  // namespace

std::optional<TcpEndpoint> parse_tcp_endpoint(std::string_view endpoint) {
    if (!endpoint.starts_with(tcp_prefix)) return std::nullopt;
    endpoint.remove_prefix(tcp_prefix.size());
    const auto colon = endpoint.rfind(':');
    if (colon == std::string_view::npos || !is_port(endpoint.substr(colon + 1))) return std::nullopt;
    auto address = endpoint.substr(0, colon);
    const bool has_brackets = address.starts_with('[') && address.ends_with(']');
    if (has_brackets) address = address.substr(1, address.size() - 2);
    // Without brackets a second colon would leave open which part is the port.
    if (address.empty() || (!has_brackets && address.find(':') != std::string_view::npos)) return std::nullopt;
    return TcpEndpoint{std::string(address), std::string(endpoint.substr(colon + 1))};
}

std::string to_text(const TcpEndpoint& endpoint) {
    const bool needs_brackets = endpoint.address.find(':') != std::string::npos;
    const std::string address = needs_brackets ? "[" + endpoint.address + "]" : endpoint.address;
    return std::string(tcp_prefix) + address + ":" + endpoint.port;
}

std::vector<std::string> probe_candidates(const std::vector<std::string>& offered, std::string_view ssh_connection) {
    std::vector<std::string> candidates;
    const auto add = [&](std::string endpoint) {
        if (std::find(candidates.begin(), candidates.end(), endpoint) == candidates.end() &&
            candidates.size() < endpoints_max)
            candidates.push_back(std::move(endpoint));
    };
    const std::string client(ssh_connection.substr(0, ssh_connection.find(' ')));
    for (const auto& endpoint : offered)
        if (const auto parsed = parse_tcp_endpoint(endpoint); parsed && !client.empty())
            add(to_text({client, parsed->port}));
    for (const auto& endpoint : offered) add(endpoint);
    return candidates;
}

AddressProbe::AddressProbe(const std::vector<std::string>& endpoints, base::TimePoint give_up_at)
    : give_up_at_(give_up_at) {
    attempts_.reserve(endpoints.size());
    for (const auto& endpoint : endpoints) {
        attempts_.push_back({endpoint, {}, State::connecting, {}, {}});
        begin(attempts_.back());
    }
}

void AddressProbe::begin(Attempt& attempt) {
    const auto endpoint = parse_tcp_endpoint(attempt.endpoint);
    if (!endpoint) return fail(attempt, "not an endpoint");
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;  // looking names up would block
    addrinfo* found = nullptr;
    if (::getaddrinfo(endpoint->address.c_str(), endpoint->port.c_str(), &hints, &found) != 0)
        return fail(attempt, "not a numeric address");
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> address(found, &::freeaddrinfo);

    attempt.fd = base::UniqueFd(::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!attempt.fd) return fail(attempt, reason_of(errno));
    if (::connect(attempt.fd.get(), address->ai_addr, address->ai_addrlen) == 0)
        attempt.state = State::connected;
    else if (errno != EINPROGRESS)
        fail(attempt, reason_of(errno));
}

void AddressProbe::watch(base::PollSet& poll_set) {
    for (auto& attempt : attempts_) {
        if (attempt.state != State::connecting && attempt.state != State::connected) continue;
        const short events = attempt.state == State::connecting ? POLLOUT : POLLIN;
        poll_set.watch(attempt.fd.get(), events, [&attempt] { on_ready(attempt); });
    }
}

void AddressProbe::on_ready(Attempt& attempt) {
    if (attempt.state == State::connected) return hear(attempt);
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(attempt.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) return fail(attempt, reason_of(error));
    attempt.state = State::connected;
}

void AddressProbe::hear(Attempt& attempt) {
    char bytes[signature_size];
    const auto size = ::recv(attempt.fd.get(), bytes, signature_size - attempt.heard.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) return fail(attempt, reason_of(errno));
    if (size == 0) return fail(attempt, "the connection was accepted and closed again");
    attempt.heard.append(bytes, static_cast<std::size_t>(size));
    if (attempt.heard.size() < signature_size) return;
    if (attempt.heard.front() != '\xff' || attempt.heard.back() != '\x7f')
        return fail(attempt, "another program answered");
    attempt.state = State::answered;
    attempt.fd.reset();
}

void AddressProbe::fail(Attempt& attempt, std::string reason) {
    attempt.state = State::failed;
    attempt.reason = std::move(reason);
    attempt.fd.reset();
}

std::optional<std::string> AddressProbe::answered() const {
    for (const auto& attempt : attempts_)
        if (attempt.state == State::answered) return attempt.endpoint;
    return std::nullopt;
}

bool AddressProbe::has_failed(base::TimePoint now) const {
    return now >= give_up_at_ || std::all_of(attempts_.begin(), attempts_.end(),
                                             [](const Attempt& attempt) { return attempt.state == State::failed; });
}

base::Failure AddressProbe::failure() const {
    std::string reason;
    for (const auto& attempt : attempts_) {
        if (!reason.empty()) reason += ", ";
        reason += attempt.endpoint + " (";
        if (attempt.state == State::failed) reason += attempt.reason;
        if (attempt.state == State::connecting) reason += "no answer in time";
        if (attempt.state == State::connected) reason += "connected, but nothing was said in time";
        reason += ")";
    }
    return {"reach the root broker of scoop-run", reason,
            "this host must be able to connect to one of these addresses (firewall, routing)", true};
}

}  // namespace scoop::node
