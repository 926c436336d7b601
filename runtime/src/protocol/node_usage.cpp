#include "protocol/node_usage.hpp"

#include "protocol/payload.hpp"

namespace scoop::control {

namespace {

constexpr std::size_t worker_size = 3 * sizeof(std::uint32_t);

base::Room read_room(PayloadReader& reader, const char* used, const char* limit, const char* limit_name) {
    base::Room room{reader.integer<std::uint64_t>(used), {}, reader.text(limit_name)};
    if (reader.has_field(limit)) room.limit = reader.integer<std::uint64_t>(limit);
    return room;
}

}  // namespace

std::string to_payload(const NodeUsage& usage) {
    nlohmann::json fields{{"processes", usage.processes.used},
                          {"processes_limit_name", usage.processes.limit_name},
                          {"descriptors", usage.descriptors.used},
                          {"descriptors_limit_name", usage.descriptors.limit_name},
                          {"workers", usage.workers.size()}};
    if (usage.processes.limit) fields["processes_limit"] = *usage.processes.limit;
    if (usage.descriptors.limit) fields["descriptors_limit"] = *usage.descriptors.limit;
    std::string bytes = begin_payload(fields);
    for (const WorkerMemory& worker : usage.workers) {
        append_u32(bytes, worker.rank);
        append_u32(bytes, worker.resident_mib);
        append_u32(bytes, worker.peak_mib);
    }
    return bytes;
}

base::Result<NodeUsage> parse_node_usage(std::string_view payload) {
    PayloadReader reader(payload);
    reader.begin_json();
    NodeUsage usage;
    usage.processes = read_room(reader, "processes", "processes_limit", "processes_limit_name");
    usage.descriptors = read_room(reader, "descriptors", "descriptors_limit", "descriptors_limit_name");
    const auto workers = reader.integer<std::uint32_t>("workers");
    reader.require(workers <= payload.size() / worker_size, "workers");
    for (std::uint32_t k = 0; k < workers && reader.is_good(); ++k)
        usage.workers.push_back({reader.u32("rank"), reader.u32("resident"), reader.u32("peak")});
    return reader.finish(std::move(usage), "what a host uses");
}

}  // namespace scoop::control
