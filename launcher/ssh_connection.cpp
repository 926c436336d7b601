#include "launcher/ssh_connection.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <utility>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "launcher/ssh_proxy.hpp"
#include "launcher/ssh_words.hpp"
#include "launcher/tcp_connect.hpp"

#include "launcher/ssh_login.hpp"
#include "launcher/ssh_settings.hpp"
#include "launcher/ssh_way.hpp"

// libssh comes last: its headers define macros for C.
#include <libssh/callbacks.h>
#include <libssh/libssh.h>

namespace scoop::launcher {

namespace {

using std::chrono::milliseconds;

// Of one host whose server closes the connection before it says a word. With each of them the window of log-ins gets
// narrower (LoginWindow), until there is one at a time.
constexpr int connect_attempts_max = 8;
constexpr milliseconds retry_delay_first{200};
constexpr milliseconds retry_delay_max{3000};
constexpr milliseconds close_time_max{1000};
// The host's own patience (LoginGraceTime) is longer.
constexpr milliseconds ticket_time_max{5000};
constexpr std::uint32_t ssh_read_size = 32 * 1024;

struct SessionFree {
    void operator()(ssh_session session) const { ssh_free(session); }
};
struct ChannelFree {
    void operator()(ssh_channel channel) const { ssh_channel_free(channel); }
};
struct EventFree {
    void operator()(ssh_event event) const { ssh_event_free(event); }
};
using SessionHandle = std::unique_ptr<ssh_session_struct, SessionFree>;
using ChannelHandle = std::unique_ptr<ssh_channel_struct, ChannelFree>;
using EventHandle = std::unique_ptr<ssh_event_struct, EventFree>;

int signal_number(const char* name) {
    for (int number = 1; number < NSIG; ++number)
        if (const char* known = sigabbrev_np(number); known != nullptr && std::strcmp(known, name) == 0) return number;
    return 0;
}

}  // namespace

class SshConnection::Impl {
public:
    Impl(SshTarget target, LoginWindow& logins, Notices& notices, int stop_fd, StepClock& step)
        : target_(std::move(target)), logins_(logins), notices_(notices), stop_fd_(stop_fd), step_(step) {}
    ~Impl();

    StartResult<void> open(const std::string& command);
    bool read(Stream stream, std::string& bytes);
    std::optional<std::size_t> write(std::string_view bytes);
    void take_packets();

    ssh_session session() const { return session_.get(); }
    ssh_channel channel() const { return channel_.get(); }
    SessionEnd end() const;

private:
    using Done = StartResult<void>;

    Done configure();
    Done log_in();
    Done connect();
    Done connect_by(const std::string& proxy);
    StartResult<int> exchange_keys(socket_t fd);
    [[nodiscard]] std::string server() const;
    Done check_host_key();
    Done authenticate();
    Done run(const std::string& command);

    StartProblem problem(const std::string& said, std::string advice = {}) const {
        return StartProblem{step_.step(), said, std::move(advice)};
    }
    std::string error_text(const char* otherwise) const {
        const char* text = ssh_get_error(session_.get());
        return text != nullptr && *text != '\0' ? text : otherwise;
    }
    std::string ssh_command() const {
        return "ssh " + (target_.user ? *target_.user + "@" : std::string()) + target_.host;
    }

    // Repeats a call that says "again" until it has an answer, the step's time is over or somebody says stop.
    template <class Call>
    StartResult<int> finish(int again, Call call);

    SshTarget target_;
    LoginWindow& logins_;
    Notices& notices_;
    int stop_fd_;
    StepClock& step_;
    SshSettings settings_;
    std::optional<SshProxy> proxy_;
    SessionHandle session_;
    ChannelHandle channel_;
    ssh_channel_callbacks_struct callbacks_{};
    SessionEnd end_;
    bool was_refused_ = false;  ///< before the server said a word
    bool names_key_ = false;    ///< --ssh-identity, or the configuration
};

SshConnection::Impl::~Impl() {
    // Closes the channel too; it must go first, for ssh_disconnect would free it.
    channel_.reset();
    if (session_ && ssh_is_connected(session_.get())) {
        ssh_blocking_flush(session_.get(), static_cast<int>(close_time_max.count()));
        // It would leave a descriptor open that it has not made, and the host's sshd would wait for us to speak.
        const base::UniqueFd line(ssh_get_fd(session_.get()));
        ssh_disconnect(session_.get());
        session_.reset();
    }
}

template <class Call>
StartResult<int> SshConnection::Impl::finish(int again, Call call) {
    const auto deadline = base::Clock::now() + target_.step_time_max;
    for (;;) {
        const int answer = call();
        if (answer != again) return answer;
        const short events = (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0 ? POLLIN | POLLOUT : POLLIN;
        switch (wait_until(ssh_get_fd(session_.get()), events, stop_fd_, deadline)) {
            case Waited::ready: break;
            case Waited::stopped: return tl::unexpected(problem("given up"));
            case Waited::timed_out:
                return tl::unexpected(
                    problem("no answer within " + std::to_string(target_.step_time_max.count()) + " s",
                            "see where `" + ssh_command() + " true` waits"));
        }
    }
}

StartResult<void> SshConnection::Impl::open(const std::string& command) {
    if (auto done = log_in(); !done) return done;
    return run(command);
}

StartResult<void> SshConnection::Impl::configure() {
    session_.reset(ssh_new());
    ssh_session session = session_.get();
    if (session == nullptr) return tl::unexpected(problem("out of memory"));
    ssh_options_set(session, SSH_OPTIONS_HOST, target_.host.c_str());
    const std::string own_key = option_text(session, SSH_OPTIONS_IDENTITY);
    // libssh lets a User in the configuration pass only when none is set before, but a Port always.
    if (target_.user) ssh_options_set(session, SSH_OPTIONS_USER, target_.user->c_str());
    const char* file = target_.config_file.empty() ? nullptr : target_.config_file.c_str();
    if (ssh_options_parse_config(session, file) != 0)
        return tl::unexpected(problem("the SSH configuration cannot be read: " + error_text("unreadable file")));
    const bool process_config = false;
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &process_config);
    if (target_.port) {
        const unsigned int port = *target_.port;
        ssh_options_set(session, SSH_OPTIONS_PORT, &port);
    }
    if (!target_.identity_file.empty()) ssh_options_set(session, SSH_OPTIONS_IDENTITY, target_.identity_file.c_str());
    names_key_ = option_text(session, SSH_OPTIONS_IDENTITY) != own_key;
    go_where_ssh_goes(session, settings_);
    ssh_set_blocking(session, 0);
    return {};
}

// Whose window of log-ins this one is in: the server's that is reached first.
std::string SshConnection::Impl::server() const {
    if (const auto proxy = option_text(session_.get(), SSH_OPTIONS_PROXYCOMMAND); !proxy.empty()) return proxy;
    unsigned int port = 22;
    ssh_options_get_port(session_.get(), &port);
    return option_text(session_.get(), SSH_OPTIONS_HOST) + " " + std::to_string(port);
}

StartResult<void> SshConnection::Impl::log_in() {
    step_.enter("ssh config");
    settings_ = find_ssh_settings(target_, notices_);
    std::minstd_rand random{std::random_device{}()};
    auto delay = retry_delay_first;
    for (int attempt = 1;; ++attempt) {
        was_refused_ = false;
        auto done = configure();
        if (!done) return done;
        {
            auto place = logins_.enter(server(), stop_fd_);
            if (!place) return tl::unexpected(problem("given up"));
            done = connect();
            if (done) done = check_host_key();
            if (done) done = authenticate();
            if (!done && was_refused_) place->tell_refused();
        }
        if (done || !was_refused_ || attempt == connect_attempts_max) return done;
        // Up to twice the delay, so that the hosts behind one sshd do not all come back together.
        const milliseconds pause(delay.count() +
                                 static_cast<long>(random() % static_cast<unsigned long>(delay.count())));
        if (wait_until(-1, 0, stop_fd_, base::Clock::now() + pause) == Waited::stopped) return done;
        delay = std::min(2 * delay, retry_delay_max);
    }
}

StartResult<void> SshConnection::Impl::connect() {
    ssh_session session = session_.get();
    if (const auto proxy = option_text(session, SSH_OPTIONS_PROXYCOMMAND); !proxy.empty()) return connect_by(proxy);
    // We make the connection ourselves: libssh would tell neither the step nor the address that failed.
    step_.enter("connect");
    unsigned int port = 22;
    ssh_options_get_port(session, &port);
    auto connection = connect_tcp({option_text(session, SSH_OPTIONS_HOST), static_cast<std::uint16_t>(port), stop_fd_,
                                   target_.step_time_max, settings_.bind_address, settings_.family});
    if (!connection) return tl::unexpected(connection.error());
    step_.enter("ssh");
    const auto answer = exchange_keys(connection->release());
    if (!answer) return tl::unexpected(answer.error());
    if (*answer == SSH_OK) return {};
    was_refused_ = true;
    return tl::unexpected(problem(error_text("the connection was closed"),
                                  "does an SSH server listen there? Try `" + ssh_command() + " true`"));
}

StartResult<void> SshConnection::Impl::connect_by(const std::string& proxy) {
    step_.enter("proxy");
    ssh_session session = session_.get();
    unsigned int port = 22;
    ssh_options_get_port(session, &port);
    const char* home = std::getenv("HOME");
    const std::string command = with_config_file(
        expand_proxy_command(with_hops_in_order(proxy),
                             {option_text(session, SSH_OPTIONS_HOST), target_.host, static_cast<std::uint16_t>(port),
                              option_text(session, SSH_OPTIONS_USER), home != nullptr ? home : ""}),
        target_.config_file);
    auto started = SshProxy::start(command);
    if (!started) return tl::unexpected(started.error());
    proxy_.emplace(std::move(*started));
    const auto answer = exchange_keys(proxy_->take_connection().release());
    if (answer && *answer == SSH_OK) return {};
    // Silence: the server behind it has closed the connection. Those words: the one that the command itself goes to.
    const std::string said = proxy_->said();
    was_refused_ = answer && (said.empty() || said.find("kex_exchange_identification") != std::string::npos);
    const std::string error = answer ? error_text("the connection was closed") : answer.error().said;
    return tl::unexpected(problem(error + (said.empty() ? "" : "\n" + said),
                                  "check the ProxyJump or ProxyCommand of this host, which must get there without a "
                                  "question: " +
                                      command));
}

StartResult<int> SshConnection::Impl::exchange_keys(socket_t fd) {
    ssh_options_set(session_.get(), SSH_OPTIONS_FD, &fd);
    look_up_key_as_ssh_does(session_.get(), settings_);
    return finish(SSH_AGAIN, [&] { return ssh_connect(session_.get()); });
}

StartResult<void> SshConnection::Impl::check_host_key() {
    step_.enter("host key");
    ssh_session session = session_.get();
    const std::string key = fingerprint(session);
    if (const std::string file = file_that_revokes(session); !file.empty())
        return tl::unexpected(problem("the host key is marked as revoked in " + file + "; the host shows " + key,
                                      "somebody else may have this key: ask who runs the host for its new one"));
    switch (ssh_session_is_known_server(session)) {
        case SSH_KNOWN_HOSTS_OK: return {};
        case SSH_KNOWN_HOSTS_CHANGED:
        case SSH_KNOWN_HOSTS_OTHER:
            return tl::unexpected(
                problem("the host key is not the one in known_hosts; the host shows " + key,
                        "somebody may be in between. If the host was installed anew, remove its line: "
                        "ssh-keygen -R " +
                            (settings_.host_key_alias.empty() ? target_.host : settings_.host_key_alias)));
        case SSH_KNOWN_HOSTS_UNKNOWN:
        case SSH_KNOWN_HOSTS_NOT_FOUND:
            if (!target_.accept_new_host_keys)
                return tl::unexpected(problem("the host key is not in known_hosts: " + key,
                                              "connect once with `" + ssh_command() +
                                                  "` and compare the key, or accept new keys with --ssh-accept-new"));
            if (ssh_session_update_known_hosts(session) == SSH_OK) return {};
            return tl::unexpected(problem("the host key cannot be added to known_hosts: " + error_text("write error")));
        case SSH_KNOWN_HOSTS_ERROR: break;
    }
    return tl::unexpected(problem("the host key cannot be checked: " + error_text("known_hosts is unreadable")));
}

StartResult<void> SshConnection::Impl::authenticate() {
    step_.enter("auth");
    const SshLogin login{session_.get(), names_key_, ssh_command(), settings_, notices_};
    const auto finish_call = [this](const std::function<int()>& call) {
        return finish(SSH_AUTH_AGAIN, [&] {
            // libssh would go on asking for an answer that cannot come any more.
            const int answer = call();
            return answer == SSH_AUTH_AGAIN && SshLogin::has_host_left(session_.get()) ? SSH_AUTH_ERROR : answer;
        });
    };
    const auto wait_for_ticket = [this](int fd) -> StartResult<bool> {
        const auto waited = wait_until(fd, POLLIN, stop_fd_, base::Clock::now() + ticket_time_max);
        if (waited == Waited::stopped) return tl::unexpected(problem("given up"));
        return waited == Waited::ready;
    };
    return login.run(finish_call, wait_for_ticket);
}

StartResult<void> SshConnection::Impl::run(const std::string& command) {
    step_.enter("shell");
    channel_.reset(ssh_channel_new(session_.get()));
    if (!channel_) return tl::unexpected(problem("out of memory"));
    callbacks_.userdata = &end_;
    callbacks_.channel_exit_status_function = [](ssh_session, ssh_channel, int status, void* end) {
        static_cast<SessionEnd*>(end)->wait_status = W_EXITCODE(status, 0);
    };
    callbacks_.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* name, int, const char*,
                                                 const char*, void* end) {
        static_cast<SessionEnd*>(end)->wait_status = W_EXITCODE(0, signal_number(name));
    };
    ssh_callbacks_init(&callbacks_);
    ssh_set_channel_callbacks(channel_.get(), &callbacks_);

    auto answer = finish(SSH_AGAIN, [&] { return ssh_channel_open_session(channel_.get()); });
    if (answer && *answer == SSH_OK)
        answer = finish(SSH_AGAIN, [&] { return ssh_channel_request_exec(channel_.get(), command.c_str()); });
    if (!answer) return tl::unexpected(answer.error());
    if (*answer != SSH_OK)
        return tl::unexpected(problem("the host does not start a command: " + error_text("request refused"),
                                      "see what `" + ssh_command() + " true` says"));
    return {};
}

bool SshConnection::Impl::read(Stream stream, std::string& bytes) {
    bytes.resize(ssh_read_size);
    const int count =
        ssh_channel_read_nonblocking(channel_.get(), bytes.data(), ssh_read_size, stream == Stream::errors ? 1 : 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    if (count == 0 || count == SSH_AGAIN) return !ssh_channel_is_closed(channel_.get());
    return count > 0;
}

std::optional<std::size_t> SshConnection::Impl::write(std::string_view bytes) {
    // While earlier bytes still wait for the socket no more are taken: libssh would queue them without a limit.
    if ((ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0) return 0;
    const std::size_t size = std::min<std::size_t>(bytes.size(), ssh_channel_window_size(channel_.get()));
    if (size == 0) return 0;
    const int count = ssh_channel_write(channel_.get(), bytes.data(), static_cast<std::uint32_t>(size));
    if (count < 0) return std::nullopt;
    return static_cast<std::size_t>(count);
}

SessionEnd SshConnection::Impl::end() const {
    if (end_.wait_status) return end_;
    return {StartProblem{"connection", "the SSH connection broke: " + error_text("the host closed it"),
                         "is the host still up?"},
            std::nullopt};
}

void SshConnection::Impl::take_packets() {
    const EventHandle event(ssh_event_new());
    if (!event || ssh_event_add_session(event.get(), session_.get()) != SSH_OK) return;
    ssh_event_dopoll(event.get(), 0);
    ssh_event_remove_session(event.get(), session_.get());
}

SshConnection::SshConnection(SshTarget target, LoginWindow& logins, Notices& notices, int stop_fd, StepClock& step)
    : impl_(std::make_unique<Impl>(std::move(target), logins, notices, stop_fd, step)) {}
SshConnection::~SshConnection() = default;

StartResult<void> SshConnection::open(const std::string& command) { return impl_->open(command); }
int SshConnection::fd() const { return ssh_get_fd(impl_->session()); }
bool SshConnection::wants_write() const { return (ssh_get_poll_flags(impl_->session()) & SSH_WRITE_PENDING) != 0; }
bool SshConnection::read(Stream stream, std::string& bytes) { return impl_->read(stream, bytes); }
std::optional<std::size_t> SshConnection::write(std::string_view bytes) { return impl_->write(bytes); }
void SshConnection::take_packets() { impl_->take_packets(); }
void SshConnection::send_end_of_input() { ssh_channel_send_eof(impl_->channel()); }
bool SshConnection::is_closed() const { return ssh_channel_is_closed(impl_->channel()) != 0; }
SessionEnd SshConnection::end() const { return impl_->end(); }

}  // namespace scoop::launcher
