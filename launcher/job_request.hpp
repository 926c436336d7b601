// What one scoop-run asks another one that runs a job, and the answer to it: the messages of the job's private socket.
//
// A message is its length, four bytes little-endian, and so many bytes of JSON. On a connection there is one request
// and one answer. The answer is text for the user, so that only the side that runs the job has to know how a job looks.
// Pure; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"

namespace scoop::launcher {

/// Said in every message. Another one is refused with a sentence.
inline constexpr std::uint32_t job_protocol_version = 1;
/// A table of a job with more hosts than any has had.
inline constexpr std::size_t job_message_size_max = 4u << 20;

enum class JobVerb {
    status,   ///< how the job and its hosts are
    summary,  ///< the same in the rest of a line of a list of jobs
    leave,    ///< `hosts` are to leave it
    join,     ///< the hosts of the lists `hosts` or of the hostfile are to join it
};

struct JobRequest {
    JobVerb verb = JobVerb::status;
    std::vector<std::string> hosts = {};     ///< names; to join: as --hosts takes them
    std::chrono::duration<double> limit{0};  ///< how long what they do is waited for; zero: as long as it takes
    std::string hostfile = {};               ///< its name, for messages; empty: `hosts` counts
    std::string hostfile_text = {};
    std::vector<std::string> own_names = {};  ///< names of hosts that are this machine
};

struct JobAnswer {
    int status = 0;    ///< for the exit of who asked; 0: what was asked for is done, and `text` is what came of it
    std::string text;  ///< lines, each ended; else the sentence of what is wrong
};

[[nodiscard]] std::string encode(const JobRequest& request);
[[nodiscard]] std::string encode(const JobAnswer& answer);

/// Whether `bytes`, which go on as long as this says no, are one message. A failure if they can never become one.
[[nodiscard]] base::Result<bool> is_whole_message(std::string_view bytes);

[[nodiscard]] base::Result<JobRequest> parse_job_request(std::string_view message);
[[nodiscard]] base::Result<JobAnswer> parse_job_answer(std::string_view message);

}  // namespace scoop::launcher
