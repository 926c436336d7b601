// The root broker with a connection for each of many hosts, by TCP with keys of their own, whose tasks all go through
// it: `connections HOSTS TASKS`. The hosts are played by this process, which speaks for each with the real link and
// socket. Host 0 owns all tasks, the others run them. Status 0 if every task was answered once, every host had some, no
// connection was lost, and memory did not grow with the number of tasks.
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/poll_set.hpp"
#include "broker/broker_thread.hpp"
#include "protocol/codec.hpp"
#include "protocol/link.hpp"
#include "protocol/version.hpp"
#include "resident_memory.hpp"
#include "transport/curve.hpp"
#include "transport/sockets.hpp"

using namespace scoop;
using namespace scoop::protocol;
using base::Clock;

namespace {

constexpr std::size_t sockets_per_context = 100;  // libzmq allows 1023, and lets each context have a thread
constexpr std::uint32_t tasks_per_request = 16;
constexpr std::uint64_t function = 42;
constexpr double room = 16;  // MiB that may come on top, whatever the number of tasks is

/// One host's side of its connection.
class Host {
public:
    Host(transport::Context& context, std::uint32_t number, const std::string& endpoint, const control::CurveKeys& keys)
        : number_(number),
          dealer_(transport::Dealer::connect(context, endpoint, keys).value()),
          link_(Link::connecting(number, number + 1, Clock::now())) {
        say(Hello{version, number, 0});
        // The owner has all it needs.
        if (number != 0) say(Request{tasks_per_request});
    }
    [[nodiscard]] transport::Dealer& dealer() { return dealer_; }
    void say(const Message& message) { link_.send(encode(message)); }

    /// Whether something came in; `on_message` takes what it is.
    template <class OnMessage>
    bool turn(OnMessage on_message) {
        const auto now = Clock::now();
        bool has_heard = false;
        while (const auto frame = dealer_.try_receive()) {
            has_heard = true;
            if (const auto bytes = link_.on_frame(frame->view(), now).value())
                on_message(*this, decode(*bytes).value());
        }
        for (auto& frame : link_.take_frames(now)) dealer_.send(std::move(frame));
        return has_heard;
    }
    [[nodiscard]] std::uint32_t number() const { return number_; }
    std::uint64_t tasks_run = 0;

private:
    const std::uint32_t number_;
    transport::Dealer dealer_;
    Link link_;
};

class Job {
public:
    Job(std::uint32_t hosts, std::uint64_t tasks) : tasks_(tasks), answered_(tasks) {
        const auto server = transport::make_curve_keys().value();
        std::vector<transport::CurveKeyPair> keys;
        broker::BrokerConfig config;
        for (std::uint32_t host = 0; host < hosts; ++host) {
            config.peers[host] = {host};
            keys.push_back(transport::make_curve_keys().value());
            config.allowed_client_keys.push_back(keys.back().public_key);
        }
        config.bind_tcp = true;
        config.server_secret_key = server.secret_key;
        config.server_public_key = server.public_key;
        root_ = broker::BrokerThread::start(config).value();
        const std::string endpoint = "tcp://127.0.0.1:" + std::to_string(root_->tcp_port());
        for (std::uint32_t host = 0; host < hosts; ++host) {
            if (host % sockets_per_context == 0) contexts_.push_back(std::make_unique<transport::Context>());
            hosts_.push_back(std::make_unique<Host>(
                *contexts_.back(), host, endpoint,
                control::CurveKeys{server.public_key, keys[host].public_key, keys[host].secret_key}));
        }
    }

    void run() {
        while (results_ < tasks_) {
            bool has_heard = false;
            for (auto& host : hosts_)
                has_heard |= host->turn(
                    [this](Host& at, Message message) { std::visit([&](auto& one) { on(at, one); }, message); });
            if (early_ == 0 && results_ > tasks_ / 5) early_ = resident_mebibytes();
            if (!has_heard) sleep();
        }
        late_ = resident_mebibytes();
    }

    [[nodiscard]] int verdict() {
        std::cout << hosts_.size() << " connections, " << results_ << " tasks: " << early_ << " MiB early, " << late_
                  << " MiB late\n";
        // Every connection has queues that grow to the size of what is under way. What grows with the work would grow
        // fivefold.
        bool is_right = late_ < 1.5 * early_ + room;
        for (const auto& host : hosts_) is_right = is_right && (host->number() == 0 || host->tasks_run > 0);
        for (auto& event : root_->take_events())
            if (const auto* note = std::get_if<broker::BrokerNote>(&event)) {
                std::cout << note->text << '\n';
                is_right = false;
            }
        return is_right ? 0 : 1;
    }

private:
    void on(Host&, const Welcome&) {}
    void on(Host& at, const Steal& steal) {
        Tasks given;
        while (given.items.size() < steal.count && given_ < tasks_ && at.number() == 0)
            given.items.push_back({{0, 0, given_++}, 1, function, std::string("arguments")});
        if (given.items.empty()) return at.say(Dry{});
        at.say(given);
    }
    void on(Host& at, const Tasks& tasks) {
        Results results;
        for (const auto& item : tasks.items)
            results.items.push_back({item.id, Outcome::value, std::string("result"), at.number()});
        at.tasks_run += results.items.size();
        at.say(results);
        at.say(Request{tasks_per_request});
    }
    void on(Host&, const Results& results) {
        for (const auto& item : results.items) {
            if (answered_.at(item.id.counter)) throw std::runtime_error("a task was answered twice");
            answered_[item.id.counter] = true;
        }
        results_ += results.items.size();
    }
    template <class Unexpected>
    void on(Host&, const Unexpected&) {
        throw std::runtime_error("the root broker says what it has no reason to say");
    }

    // Links have deadlines; a tenth of a second is early enough for those.
    void sleep() {
        std::vector<const transport::Socket*> sockets;
        for (auto& host : hosts_) sockets.push_back(&host->dealer());
        base::PollSet nothing_else;
        transport::poll(sockets, nothing_else, std::chrono::milliseconds(100));
    }

    const std::uint64_t tasks_;
    std::vector<bool> answered_;
    std::uint64_t given_ = 0;
    std::uint64_t results_ = 0;
    double early_ = 0;
    double late_ = 0;
    std::unique_ptr<broker::BrokerThread> root_;
    std::vector<std::unique_ptr<transport::Context>> contexts_;
    std::vector<std::unique_ptr<Host>> hosts_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: connections HOSTS TASKS\n";
        return 2;
    }
    // Both ends of every connection are here.
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    Job job(static_cast<std::uint32_t>(std::stoul(argv[1])), std::stoull(argv[2]));
    job.run();
    return job.verdict();
}
