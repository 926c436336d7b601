// Brokers on real sockets: what BrokerCore's tests cannot see, from the first Hello on.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include "broker/broker_thread.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "await_event.hpp"
#include "base/clock.hpp"
#include "protocol/codec.hpp"
#include "protocol/version.hpp"
#include "transport/local.hpp"

using namespace scoop;
using namespace scoop::broker;
using namespace scoop::protocol;
using namespace std::chrono_literals;

namespace {

/// A worker, played by the test.
class Worker {
public:
    Worker(const std::string& endpoint, base::Rank rank, std::uint32_t protocol = version)
        : broker_(transport::LocalClient::connect(endpoint).value()) {
        say(Hello{protocol, rank, 0});
    }
    void say(const Message& message) { say_bytes(encode(message)); }
    void say_bytes(const std::string& bytes) {
        broker_.stream().send(bytes);
        while (broker_.stream().has_unsent()) {
            wait(POLLOUT);
            broker_.stream().flush();
        }
    }

    /// The next message of this kind; Steals are answered Dry meanwhile, others are a mistake.
    template <class T>
    T await() {
        const auto deadline = base::Clock::now() + patience;
        while (base::Clock::now() < deadline) {
            for (; !unread_.empty(); unread_.pop_front()) {
                if (auto* wanted = std::get_if<T>(&unread_.front())) {
                    T found = std::move(*wanted);
                    unread_.pop_front();
                    return found;
                }
                REQUIRE(std::holds_alternative<Steal>(unread_.front()));
                say(Dry{});
            }
            wait(POLLIN);
            (void)broker_.stream().receive([this](std::string_view bytes, transport::Attachments&& attachments) {
                auto message = decode(bytes, std::move(attachments));
                REQUIRE(message);
                unread_.push_back(std::move(*message));
            });
        }
        FAIL("no message of this kind came");
        return {};
    }

private:
    void wait(short events) {
        pollfd waits{broker_.stream().fd(), events, 0};
        ::poll(&waits, 1, 100);
    }

    transport::LocalClient broker_;
    std::deque<Message> unread_;
};

/// A child with all of our descriptors but one, as long as this lives.
class Waiting {
public:
    explicit Waiting(int not_this_fd) : pid_(::fork()) {
        if (pid_ != 0) return;
        ::close(not_this_fd);
        for (;;) ::pause();
    }
    ~Waiting() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    const pid_t pid_;
};

/// A root broker and its hosts' brokers, all on ipc; host h has the ranks 2h and 2h + 1.
struct Brokers {
    explicit Brokers(std::uint32_t host_count) {
        BrokerConfig config;
        config.ipc_endpoint = directory.endpoint("root");
        for (std::uint32_t host = 0; host < host_count; ++host) {
            config.peers[host] = {2 * host, 2 * host + 1};
            config.peer_names[host] = "node" + std::to_string(host);
        }
        root = BrokerThread::start(config).value();
        for (std::uint32_t host = 0; host < host_count; ++host) hosts.push_back(start_host(host));
    }
    std::unique_ptr<BrokerThread> start_host(std::uint32_t host) {
        BrokerConfig config;
        for (const base::Rank rank : {2 * host, 2 * host + 1}) {
            config.peers[rank] = {rank};
            config.peer_names[rank] = "rank " + std::to_string(rank);
        }
        config.ipc_endpoint = endpoint(host);
        config.upstream_endpoint = directory.endpoint("root");
        config.host = host;
        return BrokerThread::start(config).value();
    }
    [[nodiscard]] std::string endpoint(std::uint32_t host) const {
        return directory.endpoint("host" + std::to_string(host));
    }

    JobDirectory directory;
    std::unique_ptr<BrokerThread> root;
    std::vector<std::unique_ptr<BrokerThread>> hosts;
};

TaskItem task(base::Rank owner, std::size_t size = 10) { return {{owner, 0, 1}, 1, 42, std::string(size, 'x')}; }

}  // namespace

TEST_CASE("a large task crosses hosts, and so does its result") {
    Brokers brokers(2);
    Worker owner(brokers.endpoint(0), 0);
    Worker other(brokers.endpoint(0), 1);
    Worker helper(brokers.endpoint(1), 2);
    Worker fourth(brokers.endpoint(1), 3);
    for (auto* worker : {&owner, &other, &helper, &fourth}) (void)worker->await<Welcome>();
    (void)await<AllPeersConnected>(*brokers.root);
    for (auto& host : brokers.hosts) (void)await<UpstreamConnected>(*host);

    const TaskItem large = task(0, 3'000'000);
    owner.say(Tasks{{large}});
    helper.say(Request{1});
    (void)fourth.await<Steal>();  // its host looks at home first
    fourth.say(Dry{});
    const auto tasks = helper.await<Tasks>();
    REQUIRE(tasks.items.size() == 1);
    CHECK((tasks.items[0] == large));
    helper.say(Results{{{large.id, Outcome::value, "done"}}});
    CHECK(owner.await<Results>().items.at(0).payload == "done");
}

TEST_CASE("the death of a worker reaches the owner of its task, and itself if it still lives") {
    Brokers brokers(1);
    Worker owner(brokers.endpoint(0), 0);
    Worker victim(brokers.endpoint(0), 1);
    (void)owner.await<Welcome>();
    (void)victim.await<Welcome>();
    victim.say(Request{1});
    owner.say(Tasks{{task(0)}});
    (void)victim.await<Tasks>();
    brokers.hosts[0]->peer_down(1, {"rank 1 was killed by signal 9 (Killed)", {9, 0}});
    CHECK((owner.await<RanksDown>() == RanksDown{{1}, {9, 0}}));
    CHECK((owner.await<Lost>() == Lost{{task(0).id}, {"rank 1 was killed by signal 9 (Killed)", 1, {9, 0}}}));
    CHECK(victim.await<Refused>().sentence == "rank 1 was killed by signal 9 (Killed)");
}

// As a worker has it for a moment when it is started while another one ends.
TEST_CASE("a connection that another process has, too, ends once") {
    const JobDirectory directory;
    auto server = transport::LocalServer::bind(directory.endpoint("local")).value();
    auto client = transport::LocalClient::connect(directory.endpoint("local")).value();
    unsigned messages = 0;
    unsigned ends = 0;
    const auto turn_until = [&](const unsigned& count) {
        const auto deadline = base::Clock::now() + patience;
        do {
            pollfd waits{server.fd(), POLLIN, 0};
            ::poll(&waits, 1, 100);
            server.receive([&](auto, auto, auto&&) { ++messages; }, [&](auto, const auto&) { ++ends; });
        } while (count == 0 && base::Clock::now() < deadline);
    };
    client.stream().send("hello");
    turn_until(messages);
    const Waiting other(client.stream().fd());
    client.close(0ms);
    turn_until(ends);
    turn_until(ends);
    CHECK(messages == 1);
    CHECK(ends == 1);
}

TEST_CASE("a host that the root has given up is told so when it comes back") {
    Brokers brokers(1);
    (void)await<UpstreamConnected>(*brokers.hosts[0]);
    brokers.root->peer_down(0, {"node0 was silent for 15 s"});
    CHECK(await<UpstreamRefused>(*brokers.hosts[0]).sentence == "node0 was silent for 15 s");
}

TEST_CASE("a worker of another version is refused with a sentence") {
    Brokers brokers(1);
    Worker old(brokers.endpoint(0), 1, version + 1);
    CHECK(old.await<Refused>().sentence.find("rank 1 speaks protocol " + std::to_string(version + 1)) == 0);
}

TEST_CASE("a worker that sends nonsense is dropped by name, and the others are served") {
    Brokers brokers(1);
    Worker sound(brokers.endpoint(0), 0);
    Worker broken(brokers.endpoint(0), 1);
    (void)sound.await<Welcome>();
    (void)broken.await<Welcome>();
    broken.say_bytes("nonsense");
    CHECK(broken.await<Refused>().sentence == "rank 1 sent what cannot be read: an unknown message");
    CHECK(await<BrokerNote>(*brokers.hosts[0]).text == "rank 1 sent what cannot be read: an unknown message");
    CHECK((sound.await<RanksDown>() == RanksDown{{1}, {}}));
}

TEST_CASE("a broker that cannot bind says where") {
    BrokerConfig config;
    config.ipc_endpoint = "ipc:///no/such/directory/broker";
    const auto broker = BrokerThread::start(config);
    REQUIRE_FALSE(broker);
    CHECK(broker.error().sentence() ==
          "start a broker: bind ipc:///no/such/directory/broker: No such file or directory");
}
