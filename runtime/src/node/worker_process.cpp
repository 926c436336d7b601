#include "node/worker_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <string_view>
#include <utility>

#include "base/program_info.hpp"
#include "base/program_signals.hpp"
#include "base/search_path.hpp"
#include "base/usable_cpus.hpp"
#include "node/spawn.hpp"

namespace scoop::node {

namespace {

// The ends of a worker's descriptors: ours to keep, and the child's until it has been started.
struct Connections {
    base::FdPair control;
    base::FdPair input;  ///< none: /dev/null, or inherited
    base::FdPair output;
    base::FdPair error;
    base::UniqueFd null;
    base::UniqueFd black_box;
};

struct Inherited {
    bool input = false;
    bool output = false;
    bool error = false;
    [[nodiscard]] bool any() const { return input || output || error; }
};

base::Result<Connections> make_connections(bool has_input, Inherited inherited) {
    Connections made;
    auto control = base::make_socket_pair();
    if (!control) return tl::unexpected(control.error());
    made.control = std::move(*control);
    const auto add_pipe = [](base::FdPair& pipe) -> base::Result<void> {
        auto pair = base::make_pipe();
        if (!pair) return tl::unexpected(pair.error());
        pipe = std::move(*pair);
        return {};
    };
    if (has_input && !inherited.input)
        if (auto done = add_pipe(made.input); !done) return tl::unexpected(done.error());
    if (!inherited.output)
        if (auto done = add_pipe(made.output); !done) return tl::unexpected(done.error());
    if (!inherited.error)
        if (auto done = add_pipe(made.error); !done) return tl::unexpected(done.error());
    made.null = base::UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!made.null) return base::system_failure("open /dev/null");
    auto black_box = protocol::make_black_box();
    if (!black_box) return tl::unexpected(black_box.error());
    made.black_box = std::move(*black_box);
    // Our ends only: the child's keep what every program expects of its descriptors.
    for (const int fd :
         {made.control.first.get(), made.input.second.get(), made.output.first.get(), made.error.first.get()})
        if (fd >= 0)
            if (auto done = base::set_nonblocking(fd); !done) return tl::unexpected(done.error());
    return made;
}

// The command hands its descriptors and its environment on to the program, and the role with them.
base::Result<void> wrap(SpawnRequest& request, const std::vector<std::string>& command) {
    std::string file = command.front();
    if (file.find('/') == std::string::npos) {
        const auto path = value_of(request.environment, "PATH");
        auto found = base::find_in_path(file, path ? std::string_view(*path) : base::search_path_default);
        if (!found)
            return base::failure("run the program with " + file, "no such command in the directories of PATH",
                                 "install it on this host, or give --wrap its whole path");
        file = std::move(*found);
    }
    request.arguments.front() = std::exchange(request.program, std::move(file));
    request.arguments.insert(request.arguments.begin(), command.begin(), command.end());
    return {};
}

base::Result<SpawnRequest> make_request(const control::JobDescription& job, base::Rank rank, const Connections& made,
                                        Inherited inherited) {
    SpawnRequest request;
    request.program = base::program_path();
    request.arguments = job.arguments;
    // Programs take PWD for the name of the directory they were started in, if it leads there.
    auto added = job.working_directory.empty() ? std::vector<std::string>{}
                                               : std::vector<std::string>{"PWD=" + job.working_directory};
    added.insert(added.end(), job.environment.begin(), job.environment.end());
    request.environment = environment_for_role("worker", current_environment(), added);
    if (auto limit = thread_limit(request.environment, base::usable_cpus(), job.hosts[job.host].ranks.size()))
        request.environment.push_back(std::move(*limit));
    request.nice = job.nice;
    request.descriptors.emplace_back(made.control.second.get(), control::worker_fd);
    request.descriptors.emplace_back(made.black_box.get(), control::black_box_fd);
    if (!inherited.input)
        request.descriptors.emplace_back(made.input.first ? made.input.first.get() : made.null.get(), STDIN_FILENO);
    if (!inherited.output) request.descriptors.emplace_back(made.output.second.get(), STDOUT_FILENO);
    if (!inherited.error) request.descriptors.emplace_back(made.error.second.get(), STDERR_FILENO);
    request.own_session = !inherited.any();
    for (const auto& wrapped : job.wrapped)
        if (wrapped.rank == rank)
            if (auto done = wrap(request, wrapped.command); !done) return tl::unexpected(std::move(done.error()));
    return request;
}

}  // namespace

control::WorkerConfig make_worker_config(const control::JobDescription& job, WorkerName name,
                                         const std::string& broker_endpoint) {
    control::WorkerConfig config;
    config.job_id = job.job_id;
    config.rank = name.rank;
    config.incarnation = name.incarnation;
    config.host = job.host;
    config.hosts = job.hosts;
    config.broker_endpoint = broker_endpoint;
    config.root_works = job.root_works;
    config.stack_bytes = job.stack_bytes;
    config.spins = job.spins;
    config.is_launched = job.root_process_id == 0;
    return config;
}

base::Result<std::unique_ptr<WorkerProcess>> WorkerProcess::start(const control::JobDescription& job, WorkerName name,
                                                                  base::CpuSet cpus, const std::string& broker_endpoint,
                                                                  WorkerListener& listener) {
    const auto rank = name.rank;
    const bool is_root = rank == 0;
    const Inherited inherited{is_root && job.terminal_input, is_root && job.terminal_output,
                              is_root && job.terminal_error};
    const std::string attempt = "start rank " + std::to_string(rank);
    auto made = make_connections(is_root, inherited);
    if (!made) return tl::unexpected(std::move(made.error()).within(attempt));
    auto request = make_request(job, rank, *made, inherited);
    if (!request) return tl::unexpected(std::move(request.error()).within(attempt));
    request->cpus = std::move(cpus);
    const auto pid = spawn(*request);
    if (!pid) return tl::unexpected(base::Failure(pid.error()).within(attempt));

    std::unique_ptr<WorkerProcess> worker(new WorkerProcess(
        name, listener, std::move(made->control.first), InputPipe(std::move(made->input.second)),
        {OutputStream(1, std::move(made->output.first)), OutputStream(2, std::move(made->error.first))}));
    worker->pid_ = *pid;
    worker->black_box_ = protocol::map_black_box(made->black_box.get());
    worker->has_own_session_ = request->own_session;
    worker->send(control::FrameType::worker, control::to_payload(make_worker_config(job, name, broker_endpoint)));
    return worker;
}

void WorkerProcess::watch(base::PollSet& poll_set) {
    for (auto& stream : streams_)
        if (stream.wants_read()) poll_set.watch(stream.fd(), POLLIN, [this, &stream] { read(stream); });
    if (input_.wants_write())
        poll_set.watch(input_.fd(), POLLOUT, [this] {
            if (const auto bytes = input_.write(); bytes > 0) listener_.on_input_taken(rank(), bytes);
        });
    if (control_ && !control_queue_.empty()) poll_set.watch(control_.get(), POLLOUT, [this] { flush_control(); });
}

void WorkerProcess::send(control::FrameType type, std::string_view payload) {
    if (!control_) return;
    control_queue_.push(control::encode(type, payload));
    flush_control();
}

void WorkerProcess::flush_control() {
    // A worker that has closed its socket is about to end; its exit is what gets reported.
    if (control_ && !control_queue_.write_to(control_.get())) control_.reset();
}

void WorkerProcess::read(OutputStream& stream) {
    if (!stream.wants_read()) return;
    if (auto bytes = stream.read(base::Clock::now())) listener_.on_output({rank(), stream.number(), std::move(*bytes)});
}

void WorkerProcess::on_credit(std::uint8_t stream, std::uint32_t bytes) {
    for (auto& candidate : streams_)
        if (candidate.number() == stream) candidate.add_credit(bytes);
}

void WorkerProcess::signal(int number) {
    // What the program has started knows nothing of these and would die of them.
    if (is_running()) ::kill(has_own_session_ && !base::is_program_signal(number) ? -pid_ : pid_, number);
}

void WorkerProcess::tell_end() {
    control_.reset();
    input_.close();
}

void WorkerProcess::discard_output() {
    for (auto& stream : streams_) stream.discard();
}

void WorkerProcess::on_exit(int wait_status, base::TimePoint now) {
    wait_status_ = wait_status;
    tell_end();
    for (auto& stream : streams_) stream.on_writer_exit(now);
}

std::optional<control::WorkerExit> WorkerProcess::take_exit(base::TimePoint now) {
    const auto due = exit_due();
    if (!due || now < *due) return std::nullopt;
    for (auto& stream : streams_) {
        // Held open by a child of the worker: the stream ends here for everybody.
        if (!stream.is_open()) continue;
        stream.close();
        listener_.on_output({rank(), stream.number(), {}});
    }
    is_reported_ = true;
    return control::WorkerExit{rank(), *wait_status_};
}

std::optional<base::TimePoint> WorkerProcess::exit_due() const {
    if (!wait_status_ || is_reported_) return std::nullopt;
    const auto output = streams_[0].drained_at();
    const auto error = streams_[1].drained_at();
    if (!output || !error) return std::nullopt;
    return std::max(*output, *error);
}

}  // namespace scoop::node
