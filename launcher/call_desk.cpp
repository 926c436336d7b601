#include "launcher/call_desk.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/poll_set.hpp"
#include "base/private_memory.hpp"
#include "base/signals_blocked.hpp"
#include "base/wakeup.hpp"
#include "protocol/start_text.hpp"
#include "transport/guarded_port.hpp"
#include "transport/relay.hpp"

namespace scoop::launcher {

namespace {

using control::FrameType;
using std::chrono::milliseconds;

// What a caller has sent before its starter's end is here within that time.
constexpr milliseconds farewell{1000};

}  // namespace

class CallDesk::Thread {
public:
    [[nodiscard]] static base::Result<std::unique_ptr<Thread>> start(const ReachSetup& reach);
    ~Thread();

    [[nodiscard]] const protocol::StartText& text() const { return text_; }
    [[nodiscard]] int stranger_fd() const { return has_stranger_.fd(); }
    [[nodiscard]] std::optional<std::string> take_stranger();
    /// To be done by the thread.
    void post(std::function<void()> work);

    void expect(Call call) {
        port_->expect_host();
        calls_[call.token].call = std::move(call);
    }
    void set_starter(const std::string& token, base::UniqueFd ended) {
        if (const auto found = calls_.find(token); found != calls_.end())
            found->second.starter_ended = std::move(ended);
    }
    void forget(const std::string& token) { drop(token); }

private:
    struct Entry {
        Call call;
        base::UniqueFd starter_ended;
        std::optional<base::TimePoint> ended_at;
        std::optional<transport::RoutingId> peer;  ///< once it has come
        std::unique_ptr<transport::Relay> relay;
        control::FrameReader frames = {};
    };
    Thread() = default;
    [[nodiscard]] base::Result<void> open(const ReachSetup& reach);
    void run();
    void work();
    void turn();
    void receive();
    void tell_stranger(std::string address);
    void on_first_message(const transport::Received& received);
    void on_message(const std::string& token, std::string_view bytes);
    void drop(const std::string& token);

    transport::Context context_;
    std::optional<transport::GuardedPort> port_;
    protocol::StartText text_;
    std::map<std::string, Entry> calls_;                    ///< by token
    std::map<transport::RoutingId, std::string> token_of_;  ///< of those that have come
    base::Wakeup wakeup_;
    base::Wakeup has_stranger_;
    std::mutex mutex_;
    std::vector<std::function<void()>> works_;  ///< under the mutex
    std::optional<std::string> stranger_;       ///< under the mutex
    bool is_stopped_ = false;                   ///< under the mutex
    std::thread thread_;
};

base::Result<std::unique_ptr<CallDesk::Thread>> CallDesk::Thread::start(const ReachSetup& reach) {
    std::unique_ptr<Thread> desk(new Thread);
    if (auto opened = desk->open(reach); !opened) return tl::unexpected(std::move(opened.error()));
    return desk;
}

base::Result<void> CallDesk::Thread::open(const ReachSetup& reach) {
    base::keep_memory_out_of_core_files();
    const auto server = transport::make_curve_keys();
    if (!server) return tl::unexpected(server.error());
    const auto client = transport::make_curve_keys();
    if (!client) return tl::unexpected(client.error());
    auto listening = listening_addresses(reach);
    if (!listening) return tl::unexpected(std::move(listening.error()));
    auto port = transport::GuardedPort::open(context_, server->secret_key, listening->binding, 0);
    if (!port) return tl::unexpected(std::move(port.error()));
    port_.emplace(std::move(*port));
    port_->allow(client->public_key);
    text_ = {
        std::move(listening->offered), port_->port(), {server->public_key, client->public_key, client->secret_key}};
    const base::SignalsBlocked blocked;
    thread_ = std::thread([this] { run(); });
    return {};
}

CallDesk::Thread::~Thread() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        is_stopped_ = true;
    }
    wakeup_.signal();
    thread_.join();
}

void CallDesk::Thread::post(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        works_.push_back(std::move(work));
    }
    wakeup_.signal();
}

void CallDesk::Thread::run() {
    for (;;) {
        turn();
        work();
        {
            const std::lock_guard lock(mutex_);
            if (is_stopped_) break;
        }
        // After what was expected before they can have been made.
        receive();
    }
    port_->close(farewell);
}

void CallDesk::Thread::work() {
    std::vector<std::function<void()>> works;
    {
        const std::lock_guard lock(mutex_);
        works.swap(works_);
    }
    for (const auto& one : works) one();
}

void CallDesk::Thread::turn() {
    base::PollSet others;
    others.watch(wakeup_.fd(), POLLIN, [this] { wakeup_.clear(); });
    base::TimePoint deadline = base::TimePoint::max();
    std::vector<std::string> over;
    for (auto& [token, entry] : calls_) {
        if (entry.relay) entry.relay->watch(others);
        if (entry.ended_at) {
            deadline = std::min(deadline, *entry.ended_at + farewell);
        } else if (entry.starter_ended) {
            Entry* const one = &entry;
            others.watch(entry.starter_ended.get(), POLLIN, [one] { one->ended_at = base::Clock::now(); });
        }
    }
    const auto left =
        std::clamp<base::Duration>(deadline - base::Clock::now(), base::Duration(0), std::chrono::hours(1));
    transport::poll(port_->sockets(), others, std::chrono::ceil<milliseconds>(left));
    for (const auto& [token, entry] : calls_)
        if (entry.ended_at && (!entry.peer || base::Clock::now() >= *entry.ended_at + farewell)) over.push_back(token);
    for (const auto& token : over) drop(token);
}

void CallDesk::Thread::receive() {
    if (auto address = port_->take_stranger()) tell_stranger(std::move(*address));
    while (const auto received = port_->router().try_receive()) {
        const auto known = token_of_.find(received->from);
        if (known == token_of_.end())
            on_first_message(*received);
        else
            on_message(std::string(known->second), received->bytes.view());
    }
    port_->end_surplus();
}

void CallDesk::Thread::tell_stranger(std::string address) {
    {
        const std::lock_guard lock(mutex_);
        stranger_ = std::move(address);
    }
    has_stranger_.signal();
}

std::optional<std::string> CallDesk::Thread::take_stranger() {
    has_stranger_.clear();
    const std::lock_guard lock(mutex_);
    return std::exchange(stranger_, std::nullopt);
}

void CallDesk::Thread::on_first_message(const transport::Received& received) {
    port_->on_let_in(received.bytes.source());  // whatever it says: without the keys it would not have come
    const transport::RoutingId& from = received.from;
    control::FrameReader frames;
    frames.push(received.bytes.view());
    const auto message = frames.next();
    if (!message || !*message || (*message)->type != FrameType::note) return;
    const auto found = calls_.find((*message)->payload);
    if (found == calls_.end() || found->second.peer) {
        [[maybe_unused]] const bool is_told =
            port_->router().send(from, control::encode(FrameType::end));  // so it ends
        return;
    }
    Entry& entry = found->second;
    entry.peer = from;
    token_of_[from] = found->first;
    entry.relay = std::make_unique<transport::Relay>([this, from](FrameType type, std::string_view payload) {
        // Who is gone is noticed by the end of its starter.
        [[maybe_unused]] const bool is_sent = port_->router().send(from, control::encode(type, payload));
    });
    entry.relay->add(std::move(entry.call.channel));
    entry.relay->add(std::move(entry.call.errors));
    entry.call.on_called();
}

void CallDesk::Thread::on_message(const std::string& token, std::string_view bytes) {
    Entry& entry = calls_.at(token);
    entry.frames.push(bytes);
    for (;;) {
        const auto message = entry.frames.next();
        if (message && !*message) return;
        if (!message || !entry.relay->on_message(**message)) return drop(token);
    }
}

void CallDesk::Thread::drop(const std::string& token) {
    const auto found = calls_.find(token);
    if (found == calls_.end()) return;
    if (found->second.peer) token_of_.erase(*found->second.peer);
    calls_.erase(found);
}

CallDesk::CallDesk(ReachSetup reach) : reach_(std::move(reach)) {}
CallDesk::~CallDesk() = default;

base::Result<std::string> CallDesk::make_text(const std::string& token) {
    if (!thread_) {
        auto started = Thread::start(reach_);
        if (!started) return tl::unexpected(std::move(started.error()));
        thread_ = std::move(*started);
    }
    return protocol::to_text(protocol::CallText{thread_->text(), token});
}

void CallDesk::watch(base::PollSet& poll_set) const {
    if (thread_) poll_set.watch(thread_->stranger_fd(), POLLIN, [] {});
}

std::optional<std::string> CallDesk::take_stranger() { return thread_ ? thread_->take_stranger() : std::nullopt; }

void CallDesk::expect(Call call) {
    auto shared = std::make_shared<Call>(std::move(call));  // of the work alone, which must be copyable
    thread_->post([thread = thread_.get(), shared] { thread->expect(std::move(*shared)); });
}

void CallDesk::set_starter(const std::string& token, base::UniqueFd ended) {
    auto shared = std::make_shared<base::UniqueFd>(std::move(ended));  // as above
    thread_->post([thread = thread_.get(), token, shared] { thread->set_starter(token, std::move(*shared)); });
}

void CallDesk::forget(const std::string& token) {
    thread_->post([thread = thread_.get(), token] { thread->forget(token); });
}

}  // namespace scoop::launcher
