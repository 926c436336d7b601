// scoop::run: the choice of a role, and the life of a root, a worker and a job of one.
#include "scoop/run.hpp"

#include <cxxabi.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <typeinfo>
#include <vector>

#include "api/runtime.hpp"
#include "base/program_info.hpp"
#include "base/program_signals.hpp"
#include "base/spinning.hpp"
#include "base/unique_fd.hpp"
#include "node/copies_root.hpp"
#include "node/copy_member.hpp"
#include "node/local_job.hpp"
#include "node/node.hpp"
#include "node/other_launcher.hpp"
#include "node/pmix_client.hpp"
#include "protocol/control.hpp"
#include "scoop/detail/exception_codec.hpp"
#include "scoop/on_each_worker.hpp"
#include "worker/alarms.hpp"
#include "worker/function_table.hpp"

namespace scoop {

namespace {

// How long a program that has returned waits for tasks that still run, whose futures it dropped.
constexpr std::chrono::milliseconds running_task_grace{100};
constexpr const char* journal_variable = "SCOOP_JOURNAL";
// As scoop-run has them.
constexpr int status_usage = 2;
constexpr int status_start_failed = 120;

[[noreturn]] void give_up(const std::string& sentence) {
    std::fprintf(stderr, "scoop: %s\n", sentence.c_str());
    std::exit(125);
}

// Waits for the first frame on the worker's channel; what may have come after it stays in `frames`.
control::WorkerConfig read_config(int fd, control::FrameReader& frames) {
    for (;;) {
        auto message = frames.next();
        if (!message) give_up(message.error().sentence());
        if (message->has_value()) {
            auto config = control::parse_worker_config((*message)->payload);
            if (!config) give_up(config.error().sentence());
            return std::move(*config);
        }
        char buffer[4096];
        const auto count = ::read(fd, buffer, sizeof buffer);
        if (count == 0) std::exit(0);  // the job ended before this worker started
        if (count < 0 && errno != EINTR)
            give_up(base::system_failure("read the worker's configuration").value().sentence());
        if (count > 0) frames.push({buffer, static_cast<std::size_t>(count)});
    }
}

std::string type_name(const std::type_info& type) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> readable(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                          std::free);
    return status == 0 ? readable.get() : type.name();
}

int run_program(int argc, char** argv, detail::Program program) {
    try {
        return program.call(program.object, argc, argv);
    } catch (const std::exception& error) {
        std::fflush(stdout);
        std::fprintf(stderr, "scoop: the program ended with an exception on %s: %s: %s\n", detail::this_host().c_str(),
                     type_name(typeid(error)).c_str(), error.what());
    } catch (...) {
        std::fflush(stdout);
        const auto* type = abi::__cxa_current_exception_type();
        std::fprintf(stderr, "scoop: the program ended with an exception on %s: %s\n", detail::this_host().c_str(),
                     type != nullptr ? type_name(*type).c_str() : "of an unknown type");
    }
    return 1;
}

std::vector<void (*)()>& start_functions() {
    static std::vector<void (*)()> functions;
    return functions;
}

// What on_worker_start() asked for, on the compute thread and before its first task.
struct StartFunction final : detail::LocalWork {
    explicit StartFunction(void (*to_be_called)()) : function(to_be_called) {}
    void run() noexcept override {
        try {
            function();
        } catch (...) {
            const auto [type_name, what] = detail::describe_exception(std::current_exception());
            std::fprintf(stderr, "scoop: rank %u on %s: a function given to on_worker_start threw %s: %s\n",
                         detail::this_rank(), detail::this_host().c_str(), type_name.c_str(), what.c_str());
            std::fflush(nullptr);
            ::_exit(1);
        }
    }
    void (*function)();
};

void call_start_functions() {
    for (auto* const function : start_functions()) detail::run_local(std::make_unique<StartFunction>(function));
}

int refuse(const base::Failure& failure, int status) {
    std::fprintf(stderr, "scoop: %s\n", failure.sentence().c_str());
    return status;
}

// Asked for by the user or by scoop-run; not by what the program's tasks start, which must not find it.
const std::string& take_journal_directory() {
    static const std::string directory = [] {
        const char* const variable = std::getenv(journal_variable);
        const std::string value = variable != nullptr ? variable : "";
        ::unsetenv(journal_variable);
        return value;
    }();
    return directory;
}

base::Result<void> open_journal(int argc, char** argv, api::Runtime& runtime) {
    const std::string& directory = take_journal_directory();
    if (directory.empty()) return {};
    static std::uint64_t jobs = 0;  // of this process, one after the other
    worker::JournalOwner owner{base::program_digest(), {argv + std::min(argc, 1), argv + argc}};
    auto journal = worker::Journal::open(directory, owner, jobs++);
    if (!journal) return tl::unexpected(std::move(journal.error()));
    runtime.journal = std::move(*journal);
    return {};
}

// The root, and a job of one: the program on this thread, tasks on another.
int run_root(int argc, char** argv, detail::Program program, api::Runtime& runtime) {
    std::thread compute_thread([&runtime] {
        pthread_setname_np(pthread_self(), "scoop-compute");
        runtime.compute->run();
    });
    if (runtime.comm != nullptr) runtime.comm->wait_started();
    api::set_current_runtime(&runtime);
    if (runtime.comm == nullptr) call_start_functions();  // else join_job has
    const auto opened = open_journal(argc, argv, runtime);
    const int status = opened ? run_program(argc, argv, program) : refuse(opened.error(), status_usage);
    runtime.compute->stop();
    const auto deadline = std::chrono::steady_clock::now() + running_task_grace;
    while (!runtime.compute->has_stopped() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::microseconds(100));
    if (!runtime.compute->has_stopped()) {
        // A task whose future was dropped still runs. It ends with the process; static destructors would pull the
        // ground from under it.
        if (runtime.own_job != nullptr) runtime.own_job->end();
        if (runtime.journal != nullptr) runtime.journal->close();
        std::fflush(nullptr);
        ::_exit(status);
    }
    compute_thread.join();
    worker::Alarms::of_process().drop_all();
    if (runtime.comm != nullptr) runtime.comm->stop();
    if (runtime.own_job != nullptr) runtime.own_job->end();
    runtime.journal.reset();
    runtime.compute->cancel_queued();
    api::set_current_runtime(nullptr);
    return status;
}

// Batch systems signal all processes of a job at once, and what the user's own signals say is for the root. A handler,
// since a program that a task starts would inherit what is ignored.
void leave_signals_to_root() {
    for (const int number : base::program_signals) {
        struct sigaction before {};
        if (::sigaction(number, nullptr, &before) != 0 || before.sa_handler != SIG_DFL) continue;
        struct sigaction nothing {};
        nothing.sa_sigaction = [](int signal, siginfo_t* info, void*) {
            // A limit of this very process (RLIMIT_CPU): only its end keeps it.
            if (signal == SIGXCPU && info->si_code == SI_KERNEL) {
                ::signal(signal, SIG_DFL);
                ::raise(signal);
            }
        };
        nothing.sa_flags = SA_RESTART | SA_SIGINFO;
        ::sigaction(number, &nothing, nullptr);
    }
}

// A worker that is not the root: tasks on this thread, until the node closes the control channel.
[[noreturn]] void run_worker(api::Runtime& runtime) {
    runtime.compute->run();
    for (;;) ::pause();  // the comm thread ends the process
}

std::size_t stack_bytes(const control::WorkerConfig& config) {
    return config.stack_bytes != 0 ? config.stack_bytes : worker::default_stack_bytes();
}

// Makes the parts of the worker that runtime.config describes, and connects it to its broker.
base::Result<void> join_job(api::Runtime& runtime, base::UniqueFd control_fd, control::FrameReader frames,
                            int black_box_fd = -1) {
    base::set_spinning(runtime.config.spins);
    runtime.comm = std::make_unique<worker::Comm>(runtime.config, std::move(control_fd), std::move(frames));
    runtime.roster.connect(runtime.config.hosts);
    runtime.mail.connect(runtime.config, runtime.comm.get());
    runtime.held_objects.connect(runtime.config);
    runtime.compute = std::make_unique<worker::Compute>(stack_bytes(runtime.config), runtime.comm.get(),
                                                        runtime.config.root_works || runtime.config.rank != 0
                                                            ? worker::Compute::Works::on_everything
                                                            : worker::Compute::Works::on_local_tasks_only);
    runtime.circle_search.connect(runtime.config.rank, runtime.config.incarnation, runtime.comm.get(),
                                  runtime.local_calls, *runtime.compute);
    if (auto* const box = protocol::map_black_box(black_box_fd)) runtime.compute->set_black_box(*box);
    api::set_current_runtime(&runtime);  // mail may come at once
    call_start_functions();              // and calls with it, which wait behind these
    return runtime.comm->start(*runtime.compute, runtime.mail);
}

int run_in_role(int argc, char** argv, detail::Program program) {
    base::UniqueFd control_fd(control::worker_fd);
    (void)base::set_close_on_exec(control_fd.get());
    base::UniqueFd black_box_fd(control::black_box_fd);
    api::Runtime runtime;
    control::FrameReader frames;
    runtime.config = read_config(control_fd.get(), frames);
    (void)take_journal_directory();
    if (runtime.config.rank != 0) leave_signals_to_root();
    if (auto joined = join_job(runtime, std::move(control_fd), std::move(frames), black_box_fd.get()); !joined) {
        if (runtime.comm->has_node_ended()) ::_exit(1);  // that is told elsewhere, and is why there is no broker
        give_up(joined.error().sentence());
    }
    black_box_fd.reset();
    if (runtime.config.rank != 0) run_worker(runtime);
    return run_root(argc, argv, program, runtime);
}

int run_alone(int argc, char** argv, detail::Program program) {
    api::Runtime runtime;
    runtime.config.is_launched = false;
    runtime.config.hosts = {{base::host_name(), {0}}};
    runtime.roster.connect(runtime.config.hosts);
    runtime.held_objects.connect(runtime.config);
    runtime.compute = std::make_unique<worker::Compute>(stack_bytes(runtime.config), nullptr);
    runtime.circle_search.connect(0, runtime.config.incarnation, nullptr, runtime.local_calls, *runtime.compute);
    return run_root(argc, argv, program, runtime);
}

// The root of a job that it starts itself.
int run_own_job(int argc, char** argv, detail::Program program, std::unique_ptr<node::RootJob> job) {
    api::Runtime runtime;
    runtime.own_job = std::move(job);
    runtime.config = runtime.own_job->root_config();
    const auto joined = join_job(runtime, runtime.own_job->take_root_channel(), control::FrameReader());
    // Where the node has ended already, there is no broker to join either: then it knows why.
    const auto started = runtime.own_job->wait_ready();
    if (joined && started) return run_root(argc, argv, program, runtime);
    if (joined) runtime.comm->stop();
    api::set_current_runtime(nullptr);
    return refuse(started ? joined.error() : started.error(), status_start_failed);
}

int run_with_workers(int argc, char** argv, detail::Program program, std::uint32_t workers) {
    auto job = node::LocalJob::start(workers);
    if (!job) return refuse(job.error(), status_start_failed);
    return run_own_job(argc, argv, program, std::move(*job));
}

// One of several copies of the program that another launcher has started, and may have answered over PMIx already.
int run_copy(int argc, char** argv, detail::Program program, const node::OtherLauncher& other,
             std::unique_ptr<node::PmixClient> pmix) {
    if (other.rank != 0) leave_signals_to_root();
    auto rendezvous = node::make_rendezvous(other, std::move(pmix));
    if (other.rank == 0) {
        if (!rendezvous) return refuse(rendezvous.error(), status_start_failed);
        auto job = std::make_unique<node::CopiesRoot>(other, std::move(*rendezvous), worker::function_names());
        if (auto started = job->start(); !started) return refuse(started.error(), status_start_failed);
        return run_own_job(argc, argv, program, std::move(job));
    }
    auto member = rendezvous ? node::CopyMember::join(other, std::move(*rendezvous), worker::function_names())
                             : tl::unexpected(rendezvous.error());
    if (!member) {
        if (!member.error().reason.empty()) refuse(member.error(), status_start_failed);
        ::_exit(status_start_failed);  // not through the rest of main, which is for the root
    }
    api::Runtime runtime;
    runtime.member = std::move(*member);
    runtime.config = runtime.member->config();
    auto joined = join_job(runtime, runtime.member->take_channel(), control::FrameReader());
    if (joined) {
        runtime.comm->set_last_act([&runtime] { runtime.member->end(); });
        joined = runtime.member->report_ready();
    }
    if (!joined) give_up(joined.error().sentence());
    run_worker(runtime);
}

std::optional<std::string> look_up_variable(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

int run_by_hand(int argc, char** argv, detail::Program program) {
    if (api::current_runtime() != nullptr) return run_program(argc, argv, program);  // inside a job: part of it
    if (const auto variable = look_up_variable(node::workers_variable); variable && !variable->empty()) {
        const auto workers = node::parse_local_workers(*variable);
        if (!workers) return refuse(workers.error(), status_usage);
        if (*workers > 1) return run_with_workers(argc, argv, program, *workers);
        return run_alone(argc, argv, program);
    }
    std::unique_ptr<node::PmixClient> pmix;
    const auto other = node::find_other_launcher(look_up_variable, [&]() -> base::Result<std::uint32_t> {
        auto connected = node::PmixClient::connect();
        if (!connected) return tl::unexpected(std::move(connected.error()));
        pmix = std::move(*connected);
        return pmix->job_size();
    });
    if (!other) return refuse(other.error(), status_usage);
    if (!*other) {
        pmix.reset();
        return run_alone(argc, argv, program);
    }
    // It has been asked once; what the program starts and a second run are jobs of their own.
    ::setenv(node::launcher_variable, "none", 1);
    return run_copy(argc, argv, program, **other, std::move(pmix));
}

}  // namespace

void detail::add_start_function(void (*function)()) { start_functions().push_back(function); }

int detail::run(int argc, char** argv, Program program) {
    const char* const variable = std::getenv(control::role_variable);
    const std::string role = variable != nullptr ? variable : "";
    ::unsetenv(control::role_variable);
    if (role.empty()) return run_by_hand(argc, argv, program);
    // Whoever started this process has decided how many workers there are; a second run in the root is a job of one.
    ::unsetenv(node::workers_variable);
    ::setenv(node::launcher_variable, "none", 1);
    if (role == "caller") node::run_caller();
    if (role == "node") node::run_guardian();
    if (role == "broker") node::run_node(worker::function_names());
    if (role == "worker") return run_in_role(argc, argv, program);
    return run_by_hand(argc, argv, program);
}

}  // namespace scoop
