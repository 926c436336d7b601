#include "node/spawn.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <future>
#include <system_error>
#include <thread>
#include <utility>

#include "base/assert.hpp"
#include "base/unique_fd.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

namespace {

// What posix_spawn is told besides path, argv and environment. Its makers fail for lack of memory only.
struct SpawnPlan {
    explicit SpawnPlan(const SpawnRequest& request) {
        SCOOP_ASSERT(::posix_spawn_file_actions_init(&actions) == 0 && ::posix_spawnattr_init(&attributes) == 0);
        // Since glibc 2.29 a descriptor mapped to its own number loses its close-on-exec flag, as POSIX asks.
        for (const auto& [ours, theirs] : request.descriptors)
            SCOOP_ASSERT(::posix_spawn_file_actions_adddup2(&actions, ours, theirs) == 0);
        if (request.closes_others) {
            int first_other = STDERR_FILENO + 1;
            for (const auto& [ours, theirs] : request.descriptors) first_other = std::max(first_other, theirs + 1);
            SCOOP_ASSERT(::posix_spawn_file_actions_addclosefrom_np(&actions, first_other) == 0);
        }

        sigset_t none;
        ::sigemptyset(&none);
        sigset_t to_default;
        ::sigfillset(&to_default);
        struct sigaction hangup {};
        if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler == SIG_IGN)
            ::sigdelset(&to_default, SIGHUP);
        short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
        if (request.own_session) flags = static_cast<short>(flags | POSIX_SPAWN_SETSID);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setsigdefault(&attributes, &to_default);
        ::posix_spawnattr_setflags(&attributes, flags);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
    ~SpawnPlan() {
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&actions);
    }

    posix_spawn_file_actions_t actions{};
    posix_spawnattr_t attributes{};
};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::string_view name_of(std::string_view variable) { return variable.substr(0, variable.find('=')); }

base::Result<pid_t> spawn_from_this_thread(const SpawnRequest& request) {
    const SpawnPlan plan(request);
    auto arguments = request.arguments;
    auto environment = request.environment;
    pid_t pid = 0;
    const int error = ::posix_spawn(&pid, request.program.c_str(), &plan.actions, &plan.attributes,
                                    pointers_to(arguments).data(), pointers_to(environment).data());
    if (error != 0) return base::system_failure("start " + request.program, error);
    return pid;
}

// With automatic groups, sched(7), sessions compete as wholes and a priority counts inside of its own only. Without
// privilege the kernel lets ten groups a second be changed, hence the patience; where there are none the file is
// missing.
void lower_session(pid_t pid, int nice) {
    constexpr int attempts_max = 600;
    const std::string text = std::to_string(std::min(nice, 19));
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        const base::UniqueFd file(
            ::open(("/proc/" + std::to_string(pid) + "/autogroup").c_str(), O_WRONLY | O_CLOEXEC));
        if (!file || ::write(file.get(), text.data(), text.size()) >= 0 || errno != EAGAIN) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

// On Linux priority and CPUs belong to a thread, and a child inherits them: ours, of which we could not raise the
// priority again, stay. The thread may outlive the call, and keeps nothing of it then.
base::Result<pid_t> spawn_from_another_thread(const SpawnRequest& request) try {
    std::promise<base::Result<pid_t>> promise;
    auto result = promise.get_future();
    std::thread([&request, promise = std::move(promise)]() mutable {
        const int lower = ::getpriority(PRIO_PROCESS, 0) + static_cast<int>(request.nice);
        if (request.nice > 0)
            (void)::setpriority(PRIO_PROCESS, 0, lower);  // always allowed, and beyond the lowest is the lowest
        const auto bound = request.cpus.empty() ? base::Result<void>{} : base::bind_this_thread(request.cpus);
        const auto spawned = bound ? spawn_from_this_thread(request) : tl::unexpected(bound.error());
        const bool has_to_lower_session = spawned && request.nice > 0 && request.own_session;
        promise.set_value(spawned);
        if (has_to_lower_session) lower_session(*spawned, lower);
    }).detach();
    return result.get();
} catch (const std::system_error& error) {
    return base::system_failure("start " + request.program, error.code().value());
}

}  // namespace

base::Result<pid_t> spawn(const SpawnRequest& request) {
    const bool is_as_we_are = request.nice == 0 && request.cpus.empty();
    return is_as_we_are ? spawn_from_this_thread(request) : spawn_from_another_thread(request);
}

std::vector<std::string> environment_for_role(std::string_view role, std::vector<std::string> inherited,
                                              const std::vector<std::string>& added) {
    std::vector<std::string> environment = std::move(inherited);
    const auto set = [&](std::string variable) {
        const auto has_same_name = [name = std::string(name_of(variable))](const std::string& other) {
            return name_of(other) == name;
        };
        environment.erase(std::remove_if(environment.begin(), environment.end(), has_same_name), environment.end());
        environment.push_back(std::move(variable));
    };
    for (const auto& variable : added) set(variable);
    set(std::string(control::role_variable) + "=" + std::string(role));
    return environment;
}

std::optional<std::string> value_of(const std::vector<std::string>& environment, std::string_view name) {
    for (const auto& one : environment)
        if (name_of(one) == name && one.size() > name.size()) return one.substr(name.size() + 1);
    return std::nullopt;
}

std::optional<std::string> thread_limit(const std::vector<std::string>& environment, std::uint32_t cpus,
                                        std::size_t workers) {
    constexpr std::string_view variable = "OMP_NUM_THREADS";
    if (value_of(environment, variable)) return std::nullopt;
    const std::size_t threads = std::max<std::size_t>(1, cpus / std::max<std::size_t>(1, workers));
    return std::string(variable) + "=" + std::to_string(threads);
}

std::vector<std::string> current_environment() {
    std::vector<std::string> environment;
    for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable)
        environment.emplace_back(*variable);
    return environment;
}

}  // namespace scoop::node
