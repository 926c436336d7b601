#include "node/local_job.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <numeric>
#include <utility>

#include "base/process_tree.hpp"
#include "base/program_info.hpp"
#include "base/signals_blocked.hpp"
#include "base/wait_status.hpp"
#include "node/process_setup.hpp"
#include "node/spawn.hpp"

namespace scoop::node {

namespace {

using control::FrameType;

// From the start of a copy of the program to its call of scoop::run; for the workers the node has a limit of its own.
constexpr std::chrono::seconds start_timeout{30};
// A node that ends its workers says nothing until they have had their grace and kill_wait_max is over.
constexpr std::chrono::seconds end_silence_max{20};
// From the end of the node's channel: the guardian kills what is left, for kill_wait_max at the longest.
constexpr std::chrono::seconds guardian_time_max{15};
constexpr std::chrono::seconds kill_time_max{1};
// The channel's end tells both sides of the other's death at once, and a root that stands in a debugger for an hour is
// alive: no heartbeat is ever due.
constexpr double heartbeat_never_seconds = 1e9;

int milliseconds_of(base::Duration duration) {
    const auto count = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
    return static_cast<int>(std::clamp<decltype(count)>(count, 0, 1 << 30));
}

// A connected pair of sockets that take no number a program's child is given descriptors by.
base::Result<base::FdPair> make_channel() {
    auto pair = base::make_socket_pair();
    if (!pair) return pair;
    auto first = base::move_above(std::move(pair->first), control::node_write_fd);
    if (!first) return tl::unexpected(std::move(first.error()));
    auto second = base::move_above(std::move(pair->second), control::node_write_fd);
    if (!second) return tl::unexpected(std::move(second.error()));
    return base::FdPair{std::move(*first), std::move(*second)};
}

std::vector<std::string> environment_of_guardian() {
    auto environment = environment_for_role("node", current_environment());
    const std::string prefix = std::string(workers_variable) + "=";
    std::erase_if(environment, [&](const std::string& variable) { return variable.starts_with(prefix); });
    return environment;
}

base::Failure start_failure(std::string reason, std::string advice) {
    return {"start the workers", std::move(reason), std::move(advice), false};
}

}  // namespace

base::Result<std::uint32_t> parse_local_workers(std::string_view text) {
    if (text.empty()) return 1;
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || end != text.data() + text.size() || count < 1 || count > local_workers_max)
        return base::failure(
            "read " + std::string(workers_variable),
            "\"" + std::string(text) + "\" is not a number of workers from 1 to " + std::to_string(local_workers_max));
    return count;
}

base::Result<std::unique_ptr<LocalJob>> LocalJob::start(std::uint32_t workers) {
    auto channel = make_channel();
    if (!channel) return tl::unexpected(std::move(channel.error()));
    auto root_channel = make_channel();
    if (!root_channel) return tl::unexpected(std::move(root_channel.error()));
    std::unique_ptr<LocalJob> job(new LocalJob(workers, std::move(channel->first), std::move(*root_channel)));
    if (auto started = job->start_guardian(std::move(channel->second)); !started)
        return tl::unexpected(std::move(started.error()));
    {
        const base::SignalsBlocked blocked;
        job->thread_ = std::thread([self = job.get()] { self->run(); });
    }
    std::unique_lock lock(job->mutex_);
    job->changed_.wait(lock, [&] { return job->root_config_ || job->state_ == State::over; });
    if (!job->root_config_) {
        lock.unlock();
        return tl::unexpected(*job->failure_);
    }
    lock.unlock();
    return job;
}

LocalJob::LocalJob(std::uint32_t workers, base::UniqueFd channel, base::FdPair root_channel)
    : workers_(workers),
      channel_(std::move(channel)),
      node_end_of_root_channel_(std::move(root_channel.first)),
      root_end_(std::move(root_channel.second)) {}

LocalJob::~LocalJob() { end(); }

base::Result<void> LocalJob::start_guardian(base::UniqueFd guardian_end) {
    base::UniqueFd any_null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!any_null) return base::system_failure("open /dev/null");
    const auto null = base::move_above(std::move(any_null), control::node_write_fd);
    if (!null) return tl::unexpected(null.error());
    const bool has_stderr = ::fcntl(STDERR_FILENO, F_GETFD) >= 0;
    SpawnRequest request;
    request.program = base::program_path();
    request.arguments = base::program_arguments();
    request.environment = environment_of_guardian();
    // What the program prints before scoop::run is no output of a worker.
    request.descriptors = {{null->get(), STDIN_FILENO},
                           {has_stderr ? STDERR_FILENO : null->get(), STDOUT_FILENO},
                           {has_stderr ? STDERR_FILENO : null->get(), STDERR_FILENO},
                           {guardian_end.get(), control::node_read_fd},
                           {guardian_end.get(), control::node_write_fd}};
    request.closes_others = true;
    // Ctrl-C and Ctrl-Z are for the root alone.
    request.own_session = true;
    const auto pid = spawn(request);
    if (!pid) return tl::unexpected(pid.error());
    guardian_ = *pid;
    guardian_fd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, guardian_, 0)));
    if (!guardian_fd_) return base::system_failure("watch the guardian");  // whose channel ends here, and so it does
    return {};
}

base::Result<void> LocalJob::wait_ready() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return state_ == State::running || state_ == State::over; });
    if (failure_) return tl::unexpected(*failure_);
    return {};
}

void LocalJob::end() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        must_end_ = true;
    }
    orders_here_.signal();
    thread_.join();
}

void LocalJob::run() {
    pthread_setname_np(pthread_self(), "scoop-local");
    deadline_ = base::Clock::now() + start_timeout;
    while (state_ != State::over) turn();
}

void LocalJob::turn() {
    auto wake_at = deadline_;
    if (const auto due = merger_.next_deadline()) wake_at = std::min(wake_at.value_or(*due), *due);
    pollfd descriptors[] = {{channel_.get(), POLLIN, 0}, {orders_here_.fd(), POLLIN, 0}};
    const int ready = ::poll(descriptors, 2, wake_at ? milliseconds_of(*wake_at - base::Clock::now()) : -1);
    if (ready > 0 && descriptors[1].revents != 0) on_orders();
    if (ready > 0 && descriptors[0].revents != 0) on_channel_readable();
    const auto now = base::Clock::now();
    for (const auto& text : merger_.take_silent(now)) write(text);
    // Only when nothing was to be read: this process itself may have stood still.
    if (ready == 0 && deadline_ && now >= *deadline_) on_deadline();
}

void LocalJob::on_orders() {
    orders_here_.clear();
    if (state_ == State::ending) return;
    change_state(State::ending);
    deadline_ = base::Clock::now() + end_silence_max;
    send(FrameType::end);
}

void LocalJob::on_channel_readable() {
    char bytes[2 * control::frame_size_max];
    const auto size = ::recv(channel_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return on_channel_end();
    if (is_greeted_) {
        frames_.push({bytes, static_cast<std::size_t>(size)});
    } else {
        unread_line_.append(bytes, static_cast<std::size_t>(size));
    }
    if (state_ == State::ending) deadline_ = base::Clock::now() + end_silence_max;
    if (auto read = read_messages(); !read) {
        fail(std::move(read.error()));
        kill_everything();
        on_channel_end();
    }
}

base::Result<void> LocalJob::read_messages() {
    if (!is_greeted_) {
        const std::size_t size = std::min(unread_line_.size(), control::ready_line.size());
        if (unread_line_.compare(0, size, control::ready_line, 0, size) != 0)
            return base::failure("start the workers", "a copy of this program is not a node of this version of scoop");
        if (size < control::ready_line.size()) return {};
        is_greeted_ = true;
        frames_.push(std::string_view(unread_line_).substr(size));
    }
    while (state_ != State::over) {
        const auto message = frames_.next();
        if (!message) return tl::unexpected(message.error());
        if (!*message) return {};
        if (auto done = on_message(**message); !done) return done;
    }
    return {};
}

base::Result<void> LocalJob::on_message(const control::Message& message) {
    switch (message.type) {
        case FrameType::hello:
            if (state_ != State::greeting) return {};
            deadline_.reset();
            change_state(State::preparing);
            send(FrameType::job, describe_job());
            return {};
        case FrameType::worker: {
            auto config = control::parse_worker_config(message.payload);
            if (!config) return tl::unexpected(config.error());
            const std::lock_guard lock(mutex_);
            if (!root_config_) root_config_ = std::move(*config);
            changed_.notify_all();
            return {};
        }
        case FrameType::ready: on_ready(); return {};
        case FrameType::output: {
            const auto chunk = control::parse_output_chunk(message.payload);
            if (!chunk) return tl::unexpected(chunk.error());
            on_output(*chunk);
            return {};
        }
        case FrameType::exited: {
            const auto exit = control::parse_worker_exit(message.payload);
            if (!exit) return tl::unexpected(exit.error());
            if (state_ == State::running)
                say_on_stderr("rank " + std::to_string(exit->rank) + " " +
                              base::describe_wait_status(exit->wait_status) + "; the job goes on without it");
            return {};
        }
        case FrameType::failed: {
            auto failure = control::parse_start_failure(message.payload);
            if (!failure) return tl::unexpected(failure.error());
            if (state_ == State::running) {
                lose(failure->sentence);
            } else {
                fail({{}, std::move(failure->sentence), std::move(failure->advice), false});
            }
            return {};
        }
        case FrameType::note: say_on_stderr(message.payload); return {};
        case FrameType::credit:
        case FrameType::ended:
        case FrameType::heartbeat: return {};
        default: return base::failure("read the control channel", "a frame came that no node sends");
    }
}

void LocalJob::on_ready() {
    if (state_ != State::preparing) return;
    const std::string start = control::encode(FrameType::start);
    // A few bytes always fit into the empty socket.
    [[maybe_unused]] const auto sent =
        ::send(node_end_of_root_channel_.get(), start.data(), start.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    change_state(State::running);
}

void LocalJob::on_output(const control::OutputChunk& chunk) {
    const base::Source source{0, chunk.rank, chunk.stream};
    const auto text =
        chunk.bytes.empty() ? merger_.finish(source) : merger_.push(source, chunk.bytes, base::Clock::now());
    if (text) write(*text);
    // Bytes of an unfinished line count as written: the merger holds no more than one line of each stream.
    const control::Credit credit{chunk.rank, chunk.stream, static_cast<std::uint32_t>(chunk.bytes.size())};
    if (!chunk.bytes.empty()) send(FrameType::credit, control::to_payload(credit));
}

void LocalJob::on_channel_end() {
    for (const auto& text : merger_.take_all()) write(text);
    channel_.reset();
    if (state_ == State::running) lose("their node process has ended");
    const std::string how = wait_for_guardian();
    if (state_ == State::greeting)
        fail(start_failure("a copy of this program " + how + " before it called scoop::run",
                           "what stands before it in main runs in every process of the job"));
    if (state_ == State::preparing) fail(start_failure("the node process ended, its guardian " + how, {}));
    change_state(State::over);
}

void LocalJob::lose(const std::string& why) {
    say_on_stderr("the other workers are lost: " + why + "; so the job ends");
    change_state(State::ending);
    deadline_ = base::Clock::now() + end_silence_max;
    node_end_of_root_channel_.reset();
}

void LocalJob::on_deadline() {
    if (state_ == State::greeting)
        fail(start_failure(
            "no copy of this program has called scoop::run within " + std::to_string(start_timeout.count()) + " s",
            "call it early in main, before anything that takes long"));
    kill_everything();
    on_channel_end();
}

std::string LocalJob::describe_job() const {
    control::JobDescription job;
    job.job_id = "local-" + std::to_string(::getpid());
    job.hosts = {{base::host_name(), std::vector<base::Rank>(workers_)}};
    std::iota(job.hosts[0].ranks.begin(), job.hosts[0].ranks.end(), base::Rank{0});
    job.root_process_id = static_cast<std::uint32_t>(::getpid());
    job.arguments = base::program_arguments();
    job.heartbeat_seconds = heartbeat_never_seconds;
    job.silence_seconds = heartbeat_never_seconds;
    return control::to_payload(job);
}

void LocalJob::send(FrameType type, std::string_view payload) {
    const std::string frames = control::encode(type, payload);
    std::string_view rest = frames;
    // Blocks at most until the node has read what came before, and it always reads. If nobody is there any more the end
    // of the channel says so.
    while (!rest.empty()) {
        const auto sent = ::send(channel_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) return;
        if (sent > 0) rest.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void LocalJob::change_state(State state) {
    const std::lock_guard lock(mutex_);
    state_ = state;
    changed_.notify_all();
}

void LocalJob::fail(base::Failure failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
}

void LocalJob::write(const base::Text& text) {
    std::string_view rest = text.bytes;
    while (!rest.empty()) {
        const auto written = ::write(text.source.stream, rest.data(), base::piece_size(rest));
        if (written >= 0) {
            rest.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd writable{text.source.stream, POLLOUT, 0};
            ::poll(&writable, 1, -1);
        } else if (errno != EINTR) {
            return;  // the program's own output has the same fate, and the program is who can tell
        }
    }
}

std::string LocalJob::wait_for_guardian() {
    pollfd ended{guardian_fd_.get(), POLLIN, 0};
    if (::poll(&ended, 1, milliseconds_of(guardian_time_max)) == 0) {
        kill_everything();
        ::poll(&ended, 1, milliseconds_of(kill_time_max));
    }
    int status = 0;
    // The program may have waited for all its children, or ignore them.
    if (::waitpid(guardian_, &status, WNOHANG) != guardian_) return "ended";
    return base::describe_wait_status(status);
}

void LocalJob::kill_everything() {
    pollfd ended{guardian_fd_.get(), POLLIN, 0};
    if (::poll(&ended, 1, 0) != 0) return;  // its number may be another's
    for (const auto& process : base::descendants_of(guardian_, base::read_process_table()))
        ::kill(process.pid, SIGKILL);
    ::kill(guardian_, SIGKILL);
}

}  // namespace scoop::node
