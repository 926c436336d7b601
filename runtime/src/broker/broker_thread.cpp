#include "broker/broker_thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <future>
#include <thread>
#include <utility>

#include "broker/broker_loop.hpp"
#include "broker/mailbox.hpp"

namespace scoop::broker {

namespace {

// The owner's signals are the owner's: a thread starts with the mask of the one that makes it.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

}  // namespace

class BrokerThread::Impl {
public:
    explicit Impl(BrokerConfig config) : config_(std::move(config)) {}

    ~Impl() {
        mailbox_.order_stop();
        if (thread_.joinable()) thread_.join();
    }

    base::Result<void> start() {
        std::promise<base::Result<void>> opened;
        {
            const SignalsBlocked blocked;
            thread_ = std::thread([this, &opened] { run(opened); });
        }
        return opened.get_future().get();
    }

    Mailbox& mailbox() { return mailbox_; }
    [[nodiscard]] std::uint16_t tcp_port() const { return tcp_port_; }

    base::Result<void> add(JoiningHost host) {
        const auto port = mailbox_.order_join(std::move(host)).get();
        if (!port) return tl::unexpected(port.error());
        tcp_port_ = *port;
        return {};
    }

private:
    // The sockets never leave this thread, so it makes them too.
    void run(std::promise<base::Result<void>>& opened) {
        pthread_setname_np(pthread_self(), "scoop-broker");
        BrokerLoop loop(config_, mailbox_);
        auto result = loop.open(config_);
        const bool is_open = result.has_value();
        tcp_port_ = loop.tcp_port();
        opened.set_value(std::move(result));
        if (is_open) loop.run();
    }

    const BrokerConfig config_;
    Mailbox mailbox_;
    std::uint16_t tcp_port_ = 0;  // set before `opened`, and by add()
    std::thread thread_;
};

base::Result<std::unique_ptr<BrokerThread>> BrokerThread::start(BrokerConfig config) {
    auto impl = std::make_unique<Impl>(std::move(config));
    if (auto started = impl->start(); !started)
        return tl::unexpected(std::move(started.error()).within("start a broker"));
    return std::unique_ptr<BrokerThread>(new BrokerThread(std::move(impl)));
}

BrokerThread::BrokerThread(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BrokerThread::~BrokerThread() = default;

std::uint16_t BrokerThread::tcp_port() const { return impl_->tcp_port(); }

void BrokerThread::peer_down(std::uint32_t peer, Departure departure) {
    impl_->mailbox().order_peer_down(peer, std::move(departure));
}

base::Result<void> BrokerThread::add(JoiningHost host) { return impl_->add(std::move(host)); }

void BrokerThread::drain(std::uint32_t peer) { impl_->mailbox().order_drain(peer); }

void BrokerThread::ask_status() { impl_->mailbox().order_status(); }

int BrokerThread::event_fd() const { return impl_->mailbox().event_fd(); }

std::vector<BrokerEvent> BrokerThread::take_events() { return impl_->mailbox().take_events(); }

}  // namespace scoop::broker
