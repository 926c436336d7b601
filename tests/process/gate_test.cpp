// The gate of the root broker's TCP port: the job's keys pass, and no others. Whoever is turned away is told of.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "await_event.hpp"
#include "base/unique_fd.hpp"
#include "broker/broker_thread.hpp"
#include "transport/guarded_port.hpp"

using namespace scoop;
using namespace scoop::broker;
using namespace std::chrono_literals;

namespace {

using transport::CurveKeyPair;

/// A TCP socket of this machine, listening on a free port or connected to one.
class TcpSocket {
public:
    explicit TcpSocket(std::optional<std::uint16_t> peer) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(peer.value_or(0));
        auto* any = reinterpret_cast<sockaddr*>(&address);
        if (peer) {
            REQUIRE(::connect(fd_.get(), any, sizeof address) == 0);
            return;
        }
        REQUIRE(::bind(fd_.get(), any, sizeof address) == 0);
        REQUIRE(::listen(fd_.get(), 1) == 0);
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(fd_.get(), any, &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    base::UniqueFd fd_;
    std::uint16_t port_ = 0;
};

/// Passes one connection on to `port` and keeps what its client says, until either side ends it.
class Eavesdropper {
public:
    explicit Eavesdropper(std::uint16_t port) : thread_([this, port] { run(port); }) {}
    [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
    std::string what_was_said() {
        thread_.join();
        return said_;
    }

private:
    void run(std::uint16_t port) {
        const base::UniqueFd client(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        const TcpSocket server(port);
        pollfd both[] = {{client.get(), POLLIN, 0}, {server.fd(), POLLIN, 0}};
        for (;;) {
            ::poll(both, 2, -1);
            for (int from = 0; from < 2; ++from) {
                if (both[from].revents == 0) continue;
                char bytes[4096];
                const auto size = ::read(both[from].fd, bytes, sizeof bytes);
                if (size <= 0) return;
                if (from == 0) said_.append(bytes, size);
                if (::write(both[1 - from].fd, bytes, size) != size) return;
            }
        }
    }

    TcpSocket listener_{std::nullopt};
    std::string said_;
    std::thread thread_;
};

/// A root broker that knows the keys of one host.
struct Job {
    Job() {
        BrokerConfig config;
        config.peers[0] = {0};
        config.bind_tcp = true;
        config.server_secret_key = server.secret_key;
        config.server_public_key = server.public_key;
        config.allowed_client_keys = {known.public_key};
        root = BrokerThread::start(config).value();
        REQUIRE(root->tcp_port() != 0);
    }
    std::unique_ptr<BrokerThread> connect(control::CurveKeys keys, std::uint16_t port = 0) {
        BrokerConfig host;
        host.ipc_endpoint = directory.endpoint("host" + std::to_string(++hosts));
        host.upstream_endpoint = "tcp://127.0.0.1:" + std::to_string(port != 0 ? port : root->tcp_port());
        host.upstream_keys = std::move(keys);
        return BrokerThread::start(host).value();
    }
    void check_that_somebody_is_told_of() { (void)await<StrangerSeen>(*root); }
    void check_that_the_host_is_served() {
        const auto host = connect({server.public_key, known.public_key, known.secret_key});
        (void)await<UpstreamConnected>(*host);
    }

    CurveKeyPair server = transport::make_curve_keys().value();
    CurveKeyPair known = transport::make_curve_keys().value();
    CurveKeyPair stranger = transport::make_curve_keys().value();
    JobDirectory directory;
    int hosts = 0;
    std::unique_ptr<BrokerThread> root;
};

}  // namespace

TEST_CASE("a host with the job's keys passes, and nobody is told of") {
    Job job;
    job.check_that_the_host_is_served();
    for (const auto& event : job.root->take_events()) CHECK(std::holds_alternative<AllPeersConnected>(event));
}

TEST_CASE("a client with keys of its own does not pass, though it knows the server's") {
    Job job;
    const auto intruder = job.connect({job.server.public_key, job.stranger.public_key, job.stranger.secret_key});
    CHECK(await<UpstreamRefused>(*intruder).sentence.find("does not accept the keys of this host") !=
          std::string::npos);
    CHECK(transport::stranger_note(await<StrangerSeen>(*job.root).address) ==
          "somebody who has not got this job's keys tries to connect to it, from 127.0.0.1; nobody without them is let "
          "in, and the job goes on");
    job.check_that_the_host_is_served();
}

TEST_CASE("a client that takes another key for the server's does not pass, be its own key known") {
    Job job;
    const auto lost = job.connect({job.stranger.public_key, job.known.public_key, job.known.secret_key});
    job.check_that_somebody_is_told_of();
    job.check_that_the_host_is_served();
}

TEST_CASE("a client without any keys does not pass") {
    Job job;
    const auto open = job.connect({});
    // Whether the broker learns of it is decided by who hangs up first.
    (void)await<UpstreamRefused>(*open);
    job.check_that_the_host_is_served();
}

TEST_CASE("what a host said is worth nothing when somebody says it again") {
    Job job;
    Eavesdropper ear(job.root->tcp_port());
    {
        const auto host = job.connect({job.server.public_key, job.known.public_key, job.known.secret_key}, ear.port());
        (void)await<UpstreamConnected>(*host);
    }
    const std::string said = ear.what_was_said();
    REQUIRE(said.size() > 500);  // greeting, HELLO and INITIATE at least
    const TcpSocket again(job.root->tcp_port());
    REQUIRE(::write(again.fd(), said.data(), said.size()) == static_cast<ssize_t>(said.size()));
    job.check_that_somebody_is_told_of();
}
