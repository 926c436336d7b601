// Codec of the control channel: cuts the byte stream into messages, and each message's struct to and from its payload.
#include "protocol/control.hpp"

#include <utility>

#include "base/assert.hpp"
#include "protocol/payload.hpp"

namespace scoop::control {

namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t frame_head_size = length_size + 2;  // and type, flags
constexpr std::size_t frame_payload_max = frame_size_max - frame_head_size;
constexpr std::uint8_t flag_continued = 1;

std::vector<WrappedRank> read_wrapped(PayloadReader& reader) {
    std::vector<WrappedRank> wrapped;
    const auto count = reader.integer<std::uint32_t>("wrapped");
    // What is counted must be there, so nothing grows beyond the payload.
    while (wrapped.size() < count && reader.is_good()) {
        WrappedRank one{reader.u32("wrapped"), {}};
        const auto words = reader.u32("wrapped");
        reader.require(words > 0, "wrapped");
        while (one.command.size() < words && reader.is_good()) one.command.push_back(reader.c_string("wrapped"));
        wrapped.push_back(std::move(one));
    }
    return wrapped;
}

}  // namespace

std::string encode(FrameType type, std::string_view payload) {
    SCOOP_ASSERT(payload.size() <= message_size_max);
    std::string frames;
    frames.reserve(payload.size() + (payload.size() / frame_payload_max + 1) * frame_head_size);
    do {
        const auto part = payload.substr(0, frame_payload_max);
        payload.remove_prefix(part.size());
        append_u32(frames, static_cast<std::uint32_t>(part.size() + 2));
        frames += static_cast<char>(type);
        frames += static_cast<char>(payload.empty() ? 0 : flag_continued);
        frames += part;
    } while (!payload.empty());
    return frames;
}

void FrameReader::push(std::string_view bytes) {
    buffer_.erase(0, position_);
    position_ = 0;
    buffer_ += bytes;
}

base::Result<std::optional<Message>> FrameReader::next() {
    const auto refused = [](std::string reason) {
        return base::failure("read the control channel", std::move(reason));
    };
    for (;;) {
        const std::string_view rest = std::string_view(buffer_).substr(position_);
        if (rest.size() < length_size) return std::nullopt;
        const std::uint32_t length = u32_at(rest, 0);
        if (length < 2 || length > frame_size_max - length_size)
            return refused("a frame of " + std::to_string(length) + " bytes is impossible");
        if (rest.size() < length_size + length) return std::nullopt;

        const auto type = static_cast<std::uint8_t>(rest[length_size]);
        const auto flags = static_cast<std::uint8_t>(rest[length_size + 1]);
        const auto part = rest.substr(frame_head_size, length - 2);
        const bool is_continued = (flags & flag_continued) != 0;
        if (type < static_cast<std::uint8_t>(FrameType::hello) || type > static_cast<std::uint8_t>(FrameType::usage))
            return refused("there is no frame of type " + std::to_string(type));
        if ((flags & ~flag_continued) != 0 || (is_continued && part.empty()))
            return refused("a frame has impossible flags");
        if (partial_ && static_cast<std::uint8_t>(partial_->type) != type)
            return refused("a message was interrupted by another one");
        if (partial_ && partial_->payload.size() + part.size() > message_size_max)
            return refused("a message is larger than " + std::to_string(message_size_max) + " bytes");

        if (!partial_) partial_ = Message{static_cast<FrameType>(type), {}};
        partial_->payload += part;
        position_ += length_size + length;
        if (!is_continued) return std::exchange(partial_, std::nullopt);
    }
}

std::string to_payload(const NodeHello& hello) {
    return begin_payload({{"protocol_version", hello.protocol_version},
                          {"library_version", hello.library_version},
                          {"build_id", hello.build_id},
                          {"architecture", hello.architecture},
                          {"host_name", hello.host_name},
                          {"process_id", hello.process_id},
                          {"cpus", hello.cpus},
                          {"tasks", hello.tasks},
                          {"clock_milliseconds", hello.clock_milliseconds}});
}

base::Result<NodeHello> parse_node_hello(std::string_view payload) {
    PayloadReader reader(payload);
    reader.begin_json();
    NodeHello hello;
    hello.protocol_version = reader.integer<std::uint32_t>("protocol_version");
    hello.library_version = reader.text("library_version");
    hello.build_id = reader.text("build_id");
    hello.architecture = reader.text("architecture");
    hello.host_name = reader.text("host_name");
    hello.process_id = reader.integer<std::uint32_t>("process_id");
    hello.cpus = reader.integer<std::uint32_t>("cpus");
    hello.tasks = reader.texts("tasks");
    // Older nodes do not tell it, and it is their version that has to be told.
    if (reader.has_field("clock_milliseconds"))
        hello.clock_milliseconds = reader.integer<std::uint64_t>("clock_milliseconds");
    return reader.finish(std::move(hello), "the hello of a node");
}

std::string to_payload(const JobDescription& job) {
    std::string bytes = begin_payload({{"job_id", job.job_id},
                                       {"host", job.host},
                                       {"hosts", hosts_to_json(job.hosts)},
                                       {"server_public", job.keys.server_public},
                                       {"public_key", job.keys.public_key},
                                       {"secret_key", job.keys.secret_key},
                                       {"broker_endpoints", job.broker_endpoints.size()},
                                       {"arguments", job.arguments.size()},
                                       {"environment", job.environment.size()},
                                       {"wrapped", job.wrapped.size()},
                                       {"root_process_id", job.root_process_id},
                                       {"tunnel", static_cast<std::uint8_t>(job.tunnel)},
                                       {"nice", job.nice},
                                       {"bind_to", job.bind_to ? 1 + static_cast<int>(*job.bind_to) : 0},
                                       {"root_works", job.root_works},
                                       {"respawn", job.respawn},
                                       {"terminal_input", job.terminal_input},
                                       {"terminal_output", job.terminal_output},
                                       {"terminal_error", job.terminal_error},
                                       {"heartbeat_seconds", job.heartbeat_seconds},
                                       {"silence_seconds", job.silence_seconds},
                                       {"stop_grace_seconds", job.stop_grace_seconds},
                                       {"start_timeout_seconds", job.start_timeout_seconds},
                                       {"stack_bytes", job.stack_bytes},
                                       {"spins", job.spins}});
    append_string(bytes, job.directory);
    append_string(bytes, job.working_directory);
    append_strings(bytes, job.broker_endpoints);
    append_strings(bytes, job.arguments);
    append_strings(bytes, job.environment);
    for (const WrappedRank& one : job.wrapped) {
        append_u32(bytes, one.rank);
        append_u32(bytes, static_cast<std::uint32_t>(one.command.size()));
        append_strings(bytes, one.command);
    }
    return bytes;
}

base::Result<JobDescription> parse_job_description(std::string_view payload) {
    PayloadReader reader(payload);
    reader.begin_json();
    JobDescription job;
    job.job_id = reader.text("job_id");
    job.host = reader.integer<base::HostIndex>("host");
    job.hosts = reader.hosts("hosts");
    reader.require(job.host < job.hosts.size(), "host");
    job.keys = {reader.text("server_public"), reader.text("public_key"), reader.text("secret_key")};
    job.root_process_id = reader.integer<std::uint32_t>("root_process_id");
    const auto tunnel = reader.integer<std::uint8_t>("tunnel");
    reader.require(tunnel <= static_cast<std::uint8_t>(Tunnel::never), "tunnel");
    job.tunnel = static_cast<Tunnel>(tunnel);
    job.nice = reader.integer<std::uint32_t>("nice");
    reader.require(job.nice <= nice_max, "nice");
    const auto bind_to = reader.integer<std::uint8_t>("bind_to");
    reader.require(bind_to <= 1 + static_cast<int>(base::CpuUnit::numa), "bind_to");
    if (bind_to > 0) job.bind_to = static_cast<base::CpuUnit>(bind_to - 1);
    job.root_works = reader.boolean("root_works");
    job.respawn = reader.boolean("respawn");
    job.terminal_input = reader.boolean("terminal_input");
    job.terminal_output = reader.boolean("terminal_output");
    job.terminal_error = reader.boolean("terminal_error");
    job.heartbeat_seconds = reader.seconds("heartbeat_seconds");
    job.silence_seconds = reader.seconds("silence_seconds");
    reader.require(job.heartbeat_seconds > 0 && job.silence_seconds > 0, "silence_seconds");
    job.stop_grace_seconds = reader.seconds("stop_grace_seconds");
    job.start_timeout_seconds = reader.seconds("start_timeout_seconds");
    job.stack_bytes = reader.integer<std::uint64_t>("stack_bytes");
    job.spins = reader.boolean("spins");
    job.directory = reader.c_string("directory");
    job.working_directory = reader.c_string("working_directory");
    job.broker_endpoints = reader.c_strings("broker_endpoints");
    job.arguments = reader.c_strings("arguments");
    reader.require(!job.arguments.empty(), "arguments");
    job.environment = reader.c_strings("environment");
    job.wrapped = read_wrapped(reader);
    return reader.finish(std::move(job), "the description of the job");
}

std::string to_payload(const WorkerConfig& config) {
    std::string bytes = begin_payload({{"job_id", config.job_id},
                                       {"rank", config.rank},
                                       {"incarnation", config.incarnation},
                                       {"host", config.host},
                                       {"hosts", hosts_to_json(config.hosts)},
                                       {"root_works", config.root_works},
                                       {"stack_bytes", config.stack_bytes},
                                       {"spins", config.spins},
                                       {"is_launched", config.is_launched}});
    append_string(bytes, config.broker_endpoint);
    return bytes;
}

base::Result<WorkerConfig> parse_worker_config(std::string_view payload) {
    PayloadReader reader(payload);
    reader.begin_json();
    WorkerConfig config;
    config.job_id = reader.text("job_id");
    config.rank = reader.integer<base::Rank>("rank");
    config.incarnation = reader.integer<std::uint32_t>("incarnation");
    config.host = reader.integer<base::HostIndex>("host");
    config.hosts = reader.hosts("hosts");
    reader.require(config.host < config.hosts.size(), "host");
    config.root_works = reader.boolean("root_works");
    config.stack_bytes = reader.integer<std::uint64_t>("stack_bytes");
    config.spins = reader.boolean("spins");
    config.is_launched = reader.boolean("is_launched");
    config.broker_endpoint = reader.c_string("broker_endpoint");
    return reader.finish(std::move(config), "the configuration of a worker");
}

std::string to_payload(const OutputChunk& chunk) {
    std::string bytes;
    append_u32(bytes, chunk.rank);
    bytes += static_cast<char>(chunk.stream);
    bytes += chunk.bytes;
    return bytes;
}

base::Result<OutputChunk> parse_output_chunk(std::string_view payload) {
    PayloadReader reader(payload);
    OutputChunk chunk;
    chunk.rank = reader.u32("rank");
    chunk.stream = reader.u8("stream");
    reader.require(chunk.stream == 1 || chunk.stream == 2, "stream");
    chunk.bytes = reader.all_the_rest();
    return reader.finish(std::move(chunk), "output of a worker");
}

std::string to_payload(const Credit& credit) {
    std::string bytes;
    append_u32(bytes, credit.rank);
    bytes += static_cast<char>(credit.stream);
    append_u32(bytes, credit.bytes);
    return bytes;
}

base::Result<Credit> parse_credit(std::string_view payload) {
    PayloadReader reader(payload);
    Credit credit;
    credit.rank = reader.u32("rank");
    credit.stream = reader.u8("stream");
    reader.require(credit.stream <= 2, "stream");
    credit.bytes = reader.u32("bytes");
    return reader.finish(credit, "a credit");
}

std::string to_payload(const WorkerExit& exit) {
    std::string bytes;
    append_u32(bytes, exit.rank);
    append_u32(bytes, static_cast<std::uint32_t>(exit.wait_status));
    bytes += static_cast<char>(exit.is_replaced);
    return bytes;
}

base::Result<WorkerExit> parse_worker_exit(std::string_view payload) {
    PayloadReader reader(payload);
    WorkerExit exit;
    exit.rank = reader.u32("rank");
    exit.wait_status = static_cast<std::int32_t>(reader.u32("wait status"));
    const auto is_replaced = reader.u8("replacement");
    reader.require(is_replaced <= 1, "replacement");
    exit.is_replaced = is_replaced != 0;
    return reader.finish(exit, "the exit of a worker");
}

std::string to_payload(const StartFailure& failure) {
    std::string bytes = begin_payload({{"step", failure.step}, {"exit_status", failure.exit_status}});
    append_string(bytes, failure.sentence);
    append_string(bytes, failure.advice);
    return bytes;
}

base::Result<StartFailure> parse_start_failure(std::string_view payload) {
    PayloadReader reader(payload);
    reader.begin_json();
    StartFailure failure;
    failure.step = reader.text("step");
    failure.exit_status = reader.integer<std::uint8_t>("exit_status");
    failure.sentence = reader.string("sentence");
    failure.advice = reader.string("advice");
    return reader.finish(std::move(failure), "the failure of a node");
}

std::string to_payload(const NodeReady& ready) {
    std::string bytes = begin_payload({{"is_relayed", ready.is_relayed}, {"bindings", ready.bindings.size()}});
    append_string(bytes, ready.broker_endpoint);
    append_string(bytes, ready.reason);
    append_string(bytes, ready.binding_problem);
    append_strings(bytes, ready.bindings);
    return bytes;
}

base::Result<NodeReady> parse_node_ready(std::string_view payload) {
    PayloadReader reader(payload);
    reader.begin_json();
    NodeReady ready;
    ready.is_relayed = reader.boolean("is_relayed");
    ready.broker_endpoint = reader.string("broker_endpoint");
    ready.reason = reader.string("reason");
    ready.binding_problem = reader.c_string("binding_problem");
    ready.bindings = reader.c_strings("bindings");
    return reader.finish(std::move(ready), "the readiness of a node");
}

std::string to_payload(const RelayChunk& chunk) {
    std::string bytes;
    append_u32(bytes, chunk.number);
    bytes += chunk.bytes;
    return bytes;
}

base::Result<RelayChunk> parse_relay_chunk(std::string_view payload) {
    PayloadReader reader(payload);
    RelayChunk chunk;
    chunk.number = reader.u32("number");
    reader.require(chunk.number > 0, "number");
    chunk.bytes = reader.all_the_rest();
    return reader.finish(std::move(chunk), "bytes of the relay");
}

std::string to_payload(const RelayCredit& credit) {
    std::string bytes;
    append_u32(bytes, credit.number);
    append_u32(bytes, credit.bytes);
    return bytes;
}

base::Result<RelayCredit> parse_relay_credit(std::string_view payload) {
    PayloadReader reader(payload);
    RelayCredit credit;
    credit.number = reader.u32("number");
    credit.bytes = reader.u32("bytes");
    return reader.finish(credit, "a credit of the relay");
}

std::string signal_payload(int number) {
    std::string bytes;
    append_u32(bytes, static_cast<std::uint32_t>(number));
    return bytes;
}

base::Result<int> parse_signal(std::string_view payload) {
    PayloadReader reader(payload);
    const std::uint32_t number = reader.u32("number");
    reader.require(number >= 1 && number <= 64, "number");
    return reader.finish(static_cast<int>(number), "a signal");
}

}  // namespace scoop::control
