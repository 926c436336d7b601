// A worker's Comm on a real socket, beside a broker that the test plays: what it says when things cross on their way.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "worker/comm.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <deque>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "protocol/codec.hpp"
#include "transport/local.hpp"
#include "worker/compute.hpp"
#include "worker/fiber.hpp"

using namespace scoop;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 60s;

struct NoMail final : worker::MailReader {
    void on_post(base::Rank, std::uint8_t, std::string&&, protocol::Bytes&&) override {}
    void on_ranks_down(const protocol::RanksDown&) override {}
    void on_rank_up(base::Rank) override {}
    void on_host_joined(const protocol::HostJoined&) override {}
};

class Directory {
public:
    Directory() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    ~Directory() {
        ::unlink((path_ + "/broker").c_str());
        ::rmdir(path_.c_str());
    }
    [[nodiscard]] std::string endpoint() const { return "ipc://" + path_ + "/broker"; }

private:
    std::string path_ = "/tmp/scoop-comm-test-XXXXXX";
};

/// The broker of the host, with one worker.
class Broker {
public:
    explicit Broker(const std::string& endpoint) : server_(transport::LocalServer::bind(endpoint).value()) {}
    void say(const protocol::Message& message) { REQUIRE(server_.send(worker_, protocol::encode(message))); }

    /// The next message, of this kind.
    template <class T>
    T await() {
        const auto deadline = base::Clock::now() + patience;
        while (unread_.empty()) {
            REQUIRE_MESSAGE(base::Clock::now() < deadline, "nothing was said");
            pollfd item{server_.fd(), POLLIN, 0};
            ::poll(&item, 1, 100);
            server_.receive(
                [this](transport::ConnectionId from, std::string_view bytes, transport::Attachments&&) {
                    worker_ = from;
                    unread_.push_back(protocol::decode(bytes).value());
                },
                [](transport::ConnectionId, const std::string&) { FAIL("the worker has hung up"); });
        }
        REQUIRE(std::holds_alternative<T>(unread_.front()));
        T message = std::get<T>(std::move(unread_.front()));
        unread_.pop_front();
        return message;
    }

private:
    transport::LocalServer server_;
    transport::ConnectionId worker_ = 0;
    std::deque<protocol::Message> unread_;
};

/// Rank 1, idle.
class Worker {
public:
    explicit Worker(const std::string& endpoint)
        : comm_(config(endpoint), control_end(), {}), compute_(worker::default_stack_bytes(), &comm_) {
        REQUIRE(comm_.start(compute_, mail_).has_value());
        thread_ = std::thread([this] { compute_.run(); });
    }
    ~Worker() {
        compute_.stop();
        thread_.join();
        comm_.stop();
    }

private:
    static control::WorkerConfig config(const std::string& endpoint) {
        control::WorkerConfig config;
        config.rank = 1;
        config.hosts = {{"here", {0, 1}}};
        config.broker_endpoint = endpoint;
        return config;
    }
    base::UniqueFd control_end() {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        node_ = base::UniqueFd(ends[0]);
        return base::UniqueFd(ends[1]);
    }

    base::UniqueFd node_;
    NoMail mail_;
    worker::Comm comm_;
    worker::Compute compute_;
    std::thread thread_;
};

}  // namespace

TEST_CASE("who gets nothing but own tasks that were cancelled meanwhile asks for work again") {
    const Directory directory;
    Broker broker(directory.endpoint());
    const Worker worker(directory.endpoint());
    (void)broker.await<protocol::Hello>();
    for (std::uint64_t counter = 1; counter <= 3; ++counter) {
        (void)broker.await<protocol::Request>();
        protocol::Tasks tasks;
        tasks.items.emplace_back().id = {1, 0, counter};
        broker.say(tasks);
    }
    (void)broker.await<protocol::Request>();
}
