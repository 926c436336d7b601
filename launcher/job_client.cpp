#include "launcher/job_client.hpp"

#include <dirent.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/unique_fd.hpp"
#include "hostfile/hostlist.hpp"
#include "hostfile/text.hpp"
#include "launcher/exit_status.hpp"
#include "launcher/job_server.hpp"
#include "launcher/job_status.hpp"
#include "launcher/join_plan.hpp"
#include "launcher/machine.hpp"
#include "launcher/text_file.hpp"

namespace scoop::launcher {

namespace {

// A job answers within milliseconds, unless it is stopped.
constexpr std::chrono::seconds answer_time_max{5};
constexpr std::uint64_t process_id_max = 1u << 30;

/// Of the files in `path`; none if it cannot be read.
std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), &::closedir);
    while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) names.emplace_back(entry->d_name);
    return names;
}

std::optional<std::uint32_t> parse_process_id(std::string_view text) {
    const auto number = hostfile::parse_number(text);
    if (!number || *number == 0 || *number > process_id_max) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
}

std::optional<RunningJob> job_of_process(std::uint32_t process_id) {
    const std::string process = "/proc/" + std::to_string(process_id);
    struct stat status {};
    if (::stat(process.c_str(), &status) != 0 || status.st_uid != ::geteuid()) return std::nullopt;
    for (const std::string& name : names_in(process + "/fd")) {
        std::array<char, 256> target{};  // of a longer one the end is not seen, and it is not ours
        const std::string path = process + "/fd/" + name;
        const auto size = ::readlink(path.c_str(), target.data(), target.size());
        if (size > 0 && std::string_view(target.data(), static_cast<std::size_t>(size)).ends_with(job_socket_end))
            return RunningJob{process_id, path};
    }
    return std::nullopt;
}

base::Result<base::UniqueFd> connect_to(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return base::failure("connect to " + path, "its name is too long");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    // Where others wait to be accepted connect() waits too, for as long as this says.
    const timeval patience{answer_time_max.count(), 0};
    if (!fd || ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return base::system_failure("connect to " + path);
    if (auto set = base::set_nonblocking(fd.get()); !set) return tl::unexpected(std::move(set.error()));
    return fd;
}

std::string name_of(const RunningJob& job) { return "job " + std::to_string(job.process_id); }

/// False once `deadline` has passed; none: never.
bool wait_for(int fd, short events, std::optional<base::TimePoint> deadline) {
    for (;;) {
        int timeout_ms = -1;
        if (deadline) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - base::Clock::now());
            if (left.count() <= 0) return false;
            timeout_ms = static_cast<int>(left.count());
        }
        pollfd one{fd, events, 0};
        if (::poll(&one, 1, timeout_ms) > 0) return true;
    }
}

base::Result<void> write_whole(int fd, std::string_view bytes, std::optional<base::TimePoint> deadline) {
    while (!bytes.empty()) {
        const auto size = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(size));
        } else if (errno != EINTR && errno != EAGAIN) {
            return base::system_failure("write");
        } else if (!wait_for(fd, POLLOUT, deadline)) {
            return base::system_failure("write", ETIMEDOUT);
        }
    }
    return {};
}

/// What comes until the other side hangs up.
base::Result<std::string> read_whole(int fd, std::optional<base::TimePoint> deadline) {
    std::string bytes;
    std::array<char, 4096> some{};
    for (;;) {
        const auto size = ::read(fd, some.data(), some.size());
        if (size == 0) return bytes;
        if (size > 0) {
            bytes.append(some.data(), static_cast<std::size_t>(size));
            if (auto is_whole = is_whole_message(bytes); !is_whole) return tl::unexpected(std::move(is_whole.error()));
        } else if (errno != EINTR && errno != EAGAIN) {
            return base::system_failure("read");
        } else if (!wait_for(fd, POLLIN, deadline)) {
            return base::system_failure("read", ETIMEDOUT);
        }
    }
}

int report(const std::string& lines, int status) {
    std::fprintf(stderr, "scoop-run: %s", lines.c_str());
    return status;
}

int print(const std::string& text) {
    if (std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0) return 0;
    return report("write the output: " + std::string(std::strerror(errno)) + "\n", exit_internal);
}

std::string list_of(const std::vector<RunningJob>& jobs) {
    std::string text = summary_head();
    for (const RunningJob& job : jobs) {
        const auto answer = ask_job(job, {JobVerb::summary}, Patience::short_one);
        if (answer)
            text += summary_line(job.process_id, answer->text);
        else
            text += summary_line(job.process_id, "does not answer\n");
    }
    return text;
}

/// Of the job `name`; prints the answer and returns the exit status.
int ask(const std::string& option, const std::string& name, const JobRequest& request, Patience patience) {
    const std::vector<RunningJob> jobs = find_jobs();
    const auto job = std::find_if(jobs.begin(), jobs.end(), [id = parse_process_id(name)](const RunningJob& one) {
        return id && one.process_id == *id;
    });
    if (job == jobs.end())
        return report(option + ": no such job of yours runs on this machine" +
                          (jobs.empty() ? ", and no other one\n" : "; these do:\n" + list_of(jobs)),
                      exit_usage);
    const auto answer = ask_job(*job, request, patience);
    if (!answer) return report(answer.error().sentence() + "\n", exit_internal);
    return answer->status == 0 ? print(answer->text) : report(option + ": " + answer->text + "\n", answer->status);
}

}  // namespace

std::vector<RunningJob> find_jobs() {
    std::vector<RunningJob> jobs;
    for (const std::string& name : names_in("/proc"))
        if (const auto id = parse_process_id(name))
            if (auto job = job_of_process(*id)) jobs.push_back(std::move(*job));
    std::sort(jobs.begin(), jobs.end(),
              [](const RunningJob& a, const RunningJob& b) { return a.process_id < b.process_id; });
    return jobs;
}

base::Result<JobAnswer> ask_job(const RunningJob& job, const JobRequest& request, Patience patience) {
    const auto failed = [&](base::Failure failure) {
        return tl::unexpected(std::move(failure).within("ask " + name_of(job)));
    };
    const auto deadline = base::Clock::now() + answer_time_max;
    const auto fd = connect_to(job.socket);
    if (!fd) return failed(fd.error());
    const auto written = write_whole(fd->get(), encode(request), deadline);
    const auto answer =
        written ? read_whole(fd->get(), patience == Patience::short_one ? std::optional(deadline) : std::nullopt)
                : tl::unexpected(written.error());
    if (!answer && base::Clock::now() >= deadline)
        return failed({"wait for the answer", "there was none within " + std::to_string(answer_time_max.count()) + " s",
                       "if it is stopped, \"kill -CONT " + std::to_string(job.process_id) + "\" lets it go on", true});
    if (!answer) return failed(answer.error());
    if (answer->empty()) return failed({"read", "the job has ended", {}, false});
    auto parsed = parse_job_answer(*answer);
    if (!parsed) return failed(parsed.error());
    return *parsed;
}

int show_status(const std::string& name) {
    if (!name.empty()) return ask("--status " + name, name, {JobVerb::status}, Patience::short_one);
    const std::vector<RunningJob> jobs = find_jobs();
    return print(jobs.empty() ? "No job of yours runs on this machine.\n" : list_of(jobs));
}

int leave_job(const std::string& name, const std::vector<std::string>& lists, std::chrono::duration<double> limit) {
    const auto hosts = hostfile::parse_exclusions(lists);
    if (!hosts) return report(hosts.error().sentence() + "\n", exit_usage);
    JobRequest request{JobVerb::leave, {}, limit};
    for (const hostfile::Host& host : *hosts) request.hosts.push_back(host.name);
    return ask("--leave " + name, name, request, Patience::infinite);
}

int join_job(const std::string& name, const std::vector<std::string>& lists, const std::string& hostfile) {
    JobRequest request{JobVerb::join, lists};
    if (!hostfile.empty()) {
        auto text = read_text_file("read the hostfile " + hostfile, hostfile, "a list of hosts");
        if (!text) return report(text.error().sentence() + "\n", exit_usage);
        request.hostfile = hostfile;
        request.hostfile_text = std::move(*text);
    }
    const auto hosts = joining_hosts(request);
    if (!hosts) return report(hosts.error().sentence() + "\n", exit_usage);
    const LocalFacts facts = local_facts();
    for (const auto& [host, addresses] : resolve_names(names_to_resolve(*hosts, facts), resolve_time_max))
        if (is_own_address(addresses, facts)) request.own_names.push_back(host);
    if (encode(request).size() > job_message_size_max)
        return report("--join " + name + ": the hostfile " + hostfile + " is too long to be sent to the job\n",
                      exit_usage);
    return ask("--join " + name, name, request, Patience::infinite);
}

}  // namespace scoop::launcher
