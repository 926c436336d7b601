#include "node/host_usage.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "base/cgroup.hpp"
#include "base/descriptor_limit.hpp"

namespace scoop::node {

namespace {

// Threads that there are at least: of a worker, besides in the root, and of the node for its broker.
constexpr std::uint64_t processes_of_worker = 2;
constexpr std::uint64_t processes_of_root = 1;
constexpr std::uint64_t processes_of_broker = 3;
// Of a worker: the ends of its channel, its output and its errors, and its connection to the broker, which has one more
// for a moment. Shared memory takes what is left (base/shared_bytes).
constexpr std::uint64_t descriptors_of_worker = 4;
constexpr std::uint64_t descriptors_of_node = 32;
constexpr std::uint64_t descriptors_of_memory = 512;
// With so little left a start fails, and what has failed may have given back some.
constexpr std::uint64_t processes_exhausted = 4;
constexpr std::uint64_t descriptors_exhausted = 12;

constexpr const char* room_advice = "start fewer workers on this host, or let its administrator raise the limit";

std::uint32_t mebibytes_in(std::string_view status, std::string_view field) {
    const auto begin = status.find(field);
    if (begin == std::string_view::npos) return 0;
    status.remove_prefix(begin + field.size());
    status.remove_prefix(std::min(status.find_first_of("0123456789"), status.size()));
    std::uint64_t kib = 0;
    std::from_chars(status.data(), status.data() + status.size(), kib);
    return static_cast<std::uint32_t>((kib + 512) / 1024);
}

std::string count_of(std::uint64_t workers) {
    return std::to_string(workers) + (workers == 1 ? " worker" : " workers");
}

bool is_exhausted(const base::Room& room, std::uint64_t left_max) { return room.left() && *room.left() <= left_max; }

}  // namespace

control::WorkerMemory parse_memory(base::Rank rank, std::string_view status) {
    return {rank, mebibytes_in(status, "\nVmRSS:"), mebibytes_in(status, "\nVmHWM:")};
}

control::NodeUsage measure_usage(const std::vector<std::pair<base::Rank, pid_t>>& workers) {
    control::NodeUsage usage{base::process_room(), base::descriptor_room(), {}};
    for (const auto& [rank, pid] : workers)
        if (const auto status = base::read_whole_file("/proc/" + std::to_string(pid) + "/status"))
            usage.workers.push_back(parse_memory(rank, *status));
    return usage;
}

base::Result<std::vector<std::string>> make_room_for(const Crew& crew) {
    base::raise_descriptor_limit(crew.workers * descriptors_of_worker + descriptors_of_node + descriptors_of_memory);
    return check_room(crew, base::process_room(), base::descriptor_room());
}

base::Result<std::vector<std::string>> check_room(const Crew& crew, const base::Room& processes,
                                                  const base::Room& descriptors) {
    const std::string workers = count_of(crew.workers);
    const std::string attempt = "start " + workers;
    const std::uint64_t files = crew.workers * descriptors_of_worker + descriptors_of_node;
    if (descriptors.limit && *descriptors.limit < files)
        return base::failure(attempt,
                             "their node needs " + std::to_string(files) + " open files, and a process may have " +
                                 std::to_string(*descriptors.limit) + " here (ulimit -Hn)",
                             room_advice);
    const std::uint64_t threads =
        crew.workers * processes_of_worker + (crew.has_root ? processes_of_root : 0) + processes_of_broker;
    if (processes.left() && *processes.left() < threads)
        return base::failure(attempt,
                             "they and their node need " + std::to_string(threads) +
                                 " more processes and threads, and there are " + processes.text() + " here",
                             room_advice);
    std::vector<std::string> warnings;
    if (processes.is_near_limit(threads))
        warnings.push_back("near a limit: processes and threads are " + processes.text() + " before its " + workers +
                           " with at least " + std::to_string(threads) + " are started; " + room_advice);
    if (base::Room{0, descriptors.limit, {}}.is_near_limit(files))
        warnings.push_back("near a limit: its node may have " + std::to_string(*descriptors.limit) +
                           " open files (ulimit -Hn), and needs " + std::to_string(files) + " for " + workers + "; " +
                           room_advice);
    return warnings;
}

base::Failure with_shortage(base::Failure failure, const base::Room& processes, const base::Room& descriptors) {
    if (failure.advice == room_advice) return failure;  // it is named already
    const bool lacks_processes = is_exhausted(processes, processes_exhausted);
    if (!lacks_processes && !is_exhausted(descriptors, descriptors_exhausted)) return failure;
    failure.reason += lacks_processes ? "; processes and threads: " + processes.text()
                                      : "; open files of the node: " + descriptors.text();
    failure.advice = room_advice;
    return failure;
}

base::Failure with_shortage(base::Failure failure) {
    return with_shortage(std::move(failure), base::process_room(), base::descriptor_room());
}

}  // namespace scoop::node
