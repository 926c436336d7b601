// JobClient: the running jobs of this user on this machine, and what --status, --join and --leave ask of them. One
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "launcher/job_request.hpp"

namespace scoop::launcher {

struct RunningJob {
    std::uint32_t process_id = 0;  ///< of its scoop-run, by which it is called
    std::string socket;            ///< path, see job_server.hpp
};

/// By number.
[[nodiscard]] std::vector<RunningJob> find_jobs();

/// The answer may be long in coming where `patience` is infinite; else a job that is stopped gives a failure.
enum class Patience { short_one, infinite };
[[nodiscard]] base::Result<JobAnswer> ask_job(const RunningJob& job, const JobRequest& request, Patience patience);

/// --leave: lets the hosts of `lists` leave the job `name`, prints what came of it and returns the exit status.
[[nodiscard]] int leave_job(const std::string& name, const std::vector<std::string>& lists,
                            std::chrono::duration<double> limit);

/// --join: adds the hosts of `lists`, or of `hostfile`, to the job `name`, prints what came of it and returns the exit
/// status.
[[nodiscard]] int join_job(const std::string& name, const std::vector<std::string>& lists, const std::string& hostfile);

/// --status: prints how the job `name` is, or a list of all jobs if it is empty; returns the exit status.
[[nodiscard]] int show_status(const std::string& name);

}  // namespace scoop::launcher
