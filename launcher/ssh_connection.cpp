#include "launcher/ssh_connection.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <random>
#include <utility>

#include "base/clock.hpp"
#include "launcher/tcp_connect.hpp"

// libssh comes last: its headers define macros for C.
#include <libssh/callbacks.h>
#include <libssh/libssh.h>

namespace scoop::launcher {

namespace {

using std::chrono::milliseconds;

// An sshd with too many log-ins under way (MaxStartups) closes the connection before or within the key exchange.
constexpr int connect_attempts_max = 5;
constexpr milliseconds retry_delay_first{200};
constexpr milliseconds close_time_max{1000};
constexpr std::uint32_t read_size = 32 * 1024;

struct SessionFree {
    void operator()(ssh_session session) const { ssh_free(session); }
};
struct ChannelFree {
    void operator()(ssh_channel channel) const { ssh_channel_free(channel); }
};
struct EventFree {
    void operator()(ssh_event event) const { ssh_event_free(event); }
};
struct KeyFree {
    void operator()(ssh_key key) const { ssh_key_free(key); }
};
using SessionHandle = std::unique_ptr<ssh_session_struct, SessionFree>;
using ChannelHandle = std::unique_ptr<ssh_channel_struct, ChannelFree>;
using EventHandle = std::unique_ptr<ssh_event_struct, EventFree>;
using KeyHandle = std::unique_ptr<ssh_key_struct, KeyFree>;

std::string option_text(ssh_session session, ssh_options_e option) {
    char* text = nullptr;
    if (ssh_options_get(session, option, &text) != SSH_OK) return {};
    std::string copy = text;
    ssh_string_free_char(text);
    return copy;
}

std::string fingerprint(ssh_session session) {
    ssh_key raw = nullptr;
    if (ssh_get_server_publickey(session, &raw) != SSH_OK) return "unknown";
    const KeyHandle key(raw);
    unsigned char* hash = nullptr;
    std::size_t size = 0;
    if (ssh_get_publickey_hash(key.get(), SSH_PUBLICKEY_HASH_SHA256, &hash, &size) != SSH_OK) return "unknown";
    char* text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, size);
    ssh_clean_pubkey_hash(&hash);
    std::string copy = text != nullptr ? text : "unknown";
    ssh_string_free_char(text);
    return std::string(ssh_key_type_to_char(ssh_key_type(key.get()))) + " " + copy;
}

std::string methods_text(int methods) {
    std::string text;
    const auto add = [&](int method, const char* name) {
        if ((methods & method) != 0) text += (text.empty() ? "" : ", ") + std::string(name);
    };
    add(SSH_AUTH_METHOD_PUBLICKEY, "publickey");
    add(SSH_AUTH_METHOD_PASSWORD, "password");
    add(SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive");
    add(SSH_AUTH_METHOD_HOSTBASED, "hostbased");
    add(SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi-with-mic");
    return text.empty() ? "nothing" : text;
}

int signal_number(const char* name) {
    for (int number = 1; number < NSIG; ++number)
        if (const char* known = sigabbrev_np(number); known != nullptr && std::strcmp(known, name) == 0) return number;
    return 0;
}

}  // namespace

class SshConnection::Impl {
public:
    Impl(SshTarget target, int stop_fd, std::atomic<const char*>& step)
        : target_(std::move(target)), stop_fd_(stop_fd), step_(step) {}
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
    Done connect_with_retries();
    Done connect();
    Done check_host_key();
    Done authenticate();
    Done run(const std::string& command);

    StartProblem problem(const std::string& said, std::string advice = {}) const {
        return StartProblem{step_.load(), said, std::move(advice)};
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
    int stop_fd_;
    std::atomic<const char*>& step_;
    SessionHandle session_;
    ChannelHandle channel_;
    ssh_channel_callbacks_struct callbacks_{};
    SessionEnd end_;
    bool can_retry_ = false;
};

SshConnection::Impl::~Impl() {
    // Closes the channel too; it must go first, for ssh_disconnect would free it.
    channel_.reset();
    if (session_ && ssh_is_connected(session_.get())) {
        ssh_blocking_flush(session_.get(), static_cast<int>(close_time_max.count()));
        ssh_disconnect(session_.get());
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
    if (auto done = connect_with_retries(); !done) return done;
    if (auto done = check_host_key(); !done) return done;
    if (auto done = authenticate(); !done) return done;
    return run(command);
}

StartResult<void> SshConnection::Impl::configure() {
    step_ = "ssh config";
    session_.reset(ssh_new());
    ssh_session session = session_.get();
    if (session == nullptr) return tl::unexpected(problem("out of memory"));
    ssh_options_set(session, SSH_OPTIONS_HOST, target_.host.c_str());
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
    ssh_set_blocking(session, 0);
    return {};
}

StartResult<void> SshConnection::Impl::connect_with_retries() {
    std::minstd_rand random{std::random_device{}()};
    auto delay = retry_delay_first;
    for (int attempt = 1;; ++attempt) {
        can_retry_ = false;
        auto done = configure();
        if (done) done = connect();
        if (done || !can_retry_ || attempt == connect_attempts_max) return done;
        // Up to twice the delay, so that the hosts behind one sshd do not all come back together.
        const milliseconds pause(delay.count() +
                                 static_cast<long>(random() % static_cast<unsigned long>(delay.count())));
        if (wait_until(-1, 0, stop_fd_, base::Clock::now() + pause) == Waited::stopped) return done;
        delay *= 2;
    }
}

StartResult<void> SshConnection::Impl::connect() {
    ssh_session session = session_.get();
    const std::string proxy = option_text(session, SSH_OPTIONS_PROXYCOMMAND);
    if (proxy.empty()) {
        // We make the connection ourselves: libssh would tell neither the step nor the address that failed.
        step_ = "connect";
        unsigned int port = 22;
        ssh_options_get_port(session, &port);
        auto connection = connect_tcp({option_text(session, SSH_OPTIONS_HOST), static_cast<std::uint16_t>(port),
                                       stop_fd_, target_.step_time_max});
        if (!connection) return tl::unexpected(connection.error());
        const socket_t fd = connection->release();
        ssh_options_set(session, SSH_OPTIONS_FD, &fd);
    }
    step_ = proxy.empty() ? "ssh" : "proxy";
    const auto answer = finish(SSH_AGAIN, [&] { return ssh_connect(session); });
    if (!answer) return tl::unexpected(answer.error());
    if (*answer == SSH_OK) return {};
    can_retry_ = proxy.empty();
    return tl::unexpected(problem(error_text("the connection was closed"),
                                  proxy.empty() ? "does an SSH server listen there? Try `" + ssh_command() + " true`"
                                                : "check the ProxyJump or ProxyCommand of this host: " + proxy));
}

StartResult<void> SshConnection::Impl::check_host_key() {
    step_ = "host key";
    ssh_session session = session_.get();
    const std::string key = fingerprint(session);
    switch (ssh_session_is_known_server(session)) {
        case SSH_KNOWN_HOSTS_OK: return {};
        case SSH_KNOWN_HOSTS_CHANGED:
        case SSH_KNOWN_HOSTS_OTHER:
            return tl::unexpected(
                problem("the host key is not the one in known_hosts; the host shows " + key,
                        "somebody may be in between. If the host was installed anew, remove its line: "
                        "ssh-keygen -R " +
                            target_.host));
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
    step_ = "auth";
    ssh_session session = session_.get();
    auto answer = finish(SSH_AUTH_AGAIN, [&] { return ssh_userauth_none(session, nullptr); });
    const std::string error_before_keys = error_text("");
    // What follows asks the agent first, then the key files.
    if (answer && *answer != SSH_AUTH_SUCCESS && *answer != SSH_AUTH_ERROR)
        answer = finish(SSH_AUTH_AGAIN, [&] { return ssh_userauth_publickey_auto(session, nullptr, nullptr); });
    if (!answer) return tl::unexpected(answer.error());
    if (*answer == SSH_AUTH_SUCCESS) return {};
    // The host answers every key that is offered.
    if (*answer == SSH_AUTH_DENIED && error_text("") == error_before_keys)
        return tl::unexpected(problem(
            "there is no key to offer: " +
                std::string(std::getenv("SSH_AUTH_SOCK") != nullptr ? "the agent has none"
                                                                    : "no agent is named (SSH_AUTH_SOCK is not set)") +
                ", and there is no key file; the host accepts " + methods_text(ssh_userauth_list(session, nullptr)) +
                " for user " + option_text(session, SSH_OPTIONS_USER),
            "make a key with ssh-keygen and put it there with ssh-copy-id, or name one with --ssh-identity"));
    std::string said = "the host refuses every key that we have; it accepts " +
                       methods_text(ssh_userauth_list(session, nullptr)) + " for user " +
                       option_text(session, SSH_OPTIONS_USER);
    if (*answer == SSH_AUTH_PARTIAL)
        said = "the host wants more than a key: " + methods_text(ssh_userauth_list(session, nullptr));
    if (const std::string error = error_text(""); !error.empty() && *answer != SSH_AUTH_PARTIAL) said += "\n" + error;
    return tl::unexpected(
        problem(said, "`" + ssh_command() +
                          " true` must work without a question: ssh-copy-id puts a key there, ssh-add "
                          "opens one with a passphrase"));
}

StartResult<void> SshConnection::Impl::run(const std::string& command) {
    step_ = "shell";
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
    bytes.resize(read_size);
    const int count =
        ssh_channel_read_nonblocking(channel_.get(), bytes.data(), read_size, stream == Stream::errors ? 1 : 0);
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

SshConnection::SshConnection(SshTarget target, int stop_fd, std::atomic<const char*>& step)
    : impl_(std::make_unique<Impl>(std::move(target), stop_fd, step)) {}
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
