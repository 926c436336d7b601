// The codec of the control channel: frames, and the payload of every message.
#include "protocol/control.hpp"

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace {

using namespace scoop;
using control::FrameType;

std::string bytes_of(std::initializer_list<int> values) {
    std::string bytes;
    for (const int value : values) bytes += static_cast<char>(value);
    return bytes;
}

std::vector<control::Message> read_all(control::FrameReader& reader) {
    std::vector<control::Message> messages;
    for (;;) {
        auto message = reader.next();
        REQUIRE(message);
        if (!*message) return messages;
        messages.push_back(std::move(**message));
    }
}

bool is_refused(std::string_view stream) {
    control::FrameReader reader;
    reader.push(stream);
    return !reader.next();
}

control::NodeHello example_hello() {
    return {1, "0.1.0", "00ff12", "x86_64", "node2", 4711, 8, {"int add(int,int)", "void hello()"}, 1'700'000'000'123};
}

control::JobDescription example_job() {
    control::JobDescription job;
    job.job_id = "j-1";
    job.host = 1;
    job.hosts = {{"node1", {0, 1, 2, 7}}, {"node2", {3, 4, 6}, {"bigmem", "gpu"}}, {"idle", {}}};
    job.broker_endpoints = {"tcp://10.0.0.1:4000", "ipc:///tmp/\xff/broker"};
    job.tunnel = control::Tunnel::never;
    job.keys = {"server", "public", "secret"};
    job.directory = "/tmp/\xfe";
    job.working_directory = "/home/\xc3\x28";
    job.arguments = {"./app", "", "\xff\xfe", "a b"};
    job.environment = {"A=\xff", "B="};
    job.wrapped = {{3, {"gdb", "", "\xff"}}, {6, {"nice"}}};
    job.root_process_id = 77;
    job.nice = 19;
    job.bind_to = base::CpuUnit::numa;
    job.root_works = false;
    job.terminal_error = true;
    job.silence_seconds = 2.5;
    job.stack_bytes = std::uint64_t{1} << 40;
    job.spins = true;
    return job;
}

control::WorkerConfig example_config() {
    return {"j-1", 4,     2,    1,    {{"node1", {0, 1}}, {"node2", {2, 3, 4}}}, "ipc:///tmp/\xff/broker",
            false, 65536, true, false};
}

// Every proper prefix must be refused: all lengths and counts are in the payload.
template <class T>
void check_truncations(const T& value, base::Result<T> (*parse)(std::string_view)) {
    const std::string payload = control::to_payload(value);
    CHECK(parse(payload).has_value());
    for (std::size_t size = 0; size < payload.size(); ++size) {
        // A buffer of exactly this size lets the address sanitizer see a read behind it.
        const std::vector<char> prefix(payload.begin(), payload.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_FALSE(parse(std::string_view(prefix.data(), prefix.size())).has_value());
    }
    CHECK_FALSE(parse(payload + "x").has_value());
}

std::string with_json(std::string_view json, std::string_view raw = {}) {
    std::string payload = bytes_of({static_cast<int>(json.size() & 0xff), static_cast<int>(json.size() >> 8 & 0xff),
                                    static_cast<int>(json.size() >> 16 & 0xff), static_cast<int>(json.size() >> 24)});
    return payload.append(json).append(raw);
}

// The JSON of an example with one piece of its text replaced.
std::string job_with(std::string_view from, std::string_view to) {
    const std::string payload = control::to_payload(example_job());
    const std::size_t json_size =
        static_cast<unsigned char>(payload[0]) + 256u * static_cast<unsigned char>(payload[1]);
    std::string json = payload.substr(4, json_size);
    const auto at = json.find(from);
    REQUIRE(at != std::string::npos);
    json.replace(at, from.size(), to);
    return with_json(json, std::string_view(payload).substr(4 + json_size));
}

}  // namespace

TEST_CASE("a frame is length, type, flags, payload") {
    CHECK(control::encode(FrameType::start) == bytes_of({2, 0, 0, 0, 4, 0}));
    CHECK(control::encode(FrameType::note, "ab") == bytes_of({4, 0, 0, 0, 14, 0, 'a', 'b'}));
}

TEST_CASE("messages come out whole wherever the stream is cut") {
    const std::string stream = control::encode(FrameType::heartbeat) + control::encode(FrameType::note, "hello") +
                               control::encode(FrameType::end);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        control::FrameReader reader;
        reader.push(std::string_view(stream).substr(0, cut));
        auto messages = read_all(reader);
        reader.push(std::string_view(stream).substr(cut));
        for (auto& message : read_all(reader)) messages.push_back(std::move(message));
        REQUIRE(messages.size() == 3);
        CHECK(messages[0].type == FrameType::heartbeat);
        CHECK(messages[1].type == FrameType::note);
        CHECK(messages[1].payload == "hello");
        CHECK(messages[2].type == FrameType::end);
    }
}

TEST_CASE("a long message travels in frames of the largest size and is put together again") {
    constexpr std::size_t part_max = control::frame_size_max - 6;
    for (const std::size_t size : {part_max - 1, part_max, part_max + 1, 2 * part_max, 5 * part_max + 3}) {
        std::string payload(size, 'x');
        payload.back() = 'y';
        const std::string stream = control::encode(FrameType::job, payload);
        CHECK(stream.size() == size + 6 * ((size + part_max - 1) / part_max));
        control::FrameReader reader;
        reader.push(stream);
        const auto messages = read_all(reader);
        REQUIRE(messages.size() == 1);
        CHECK(messages[0].payload == payload);
    }
}

TEST_CASE("an impossible frame is refused, and stays refused") {
    CHECK(is_refused(bytes_of({0, 0, 0, 0, 4, 0})));  // no room for type and flags
    CHECK(is_refused(bytes_of({1, 0, 0, 0, 4, 0})));
    CHECK(is_refused(bytes_of({0xfd, 0x7f, 0, 0})));  // one byte more than a frame may have
    CHECK_FALSE(is_refused(bytes_of({0xfc, 0x7f, 0, 0})));
    CHECK(is_refused(bytes_of({0xff, 0xff, 0xff, 0xff})));
    CHECK(is_refused(bytes_of({2, 0, 0, 0, 0, 0})));  // no such type
    CHECK(is_refused(bytes_of({2, 0, 0, 0, 19, 0})));
    CHECK(is_refused(bytes_of({2, 0, 0, 0, 4, 2})));  // no such flag
    CHECK(is_refused(bytes_of({2, 0, 0, 0, 4, 1})));  // continued, yet empty: could go on for ever
    CHECK(is_refused("Welcome to node2!\n"));

    control::FrameReader reader;
    reader.push(bytes_of({2, 0, 0, 0, 0, 0}));
    CHECK_FALSE(reader.next());
    reader.push(control::encode(FrameType::start));
    CHECK_FALSE(reader.next());
}

TEST_CASE("a message of several frames may not be interrupted by another") {
    CHECK(is_refused(bytes_of({3, 0, 0, 0, 2, 1, 'a'}) + control::encode(FrameType::heartbeat)));
}

TEST_CASE("a message may not grow past the limit") {
    std::string frame = bytes_of({0xfc, 0x7f, 0, 0, 2, 1});
    frame.resize(control::frame_size_max, 'x');
    control::FrameReader reader;
    std::size_t frames = 0;
    for (bool is_open = true; is_open; ++frames) {
        REQUIRE(frames <= control::message_size_max / (control::frame_size_max - 6) + 1);
        reader.push(frame);
        is_open = reader.next().has_value();
    }
    CHECK(frames == control::message_size_max / (control::frame_size_max - 6) + 1);
}

TEST_CASE("the hello of a node survives the trip") {
    const auto hello = control::parse_node_hello(control::to_payload(example_hello()));
    REQUIRE(hello);
    CHECK(hello->protocol_version == 1);
    CHECK(hello->library_version == "0.1.0");
    CHECK(hello->build_id == "00ff12");
    CHECK(hello->architecture == "x86_64");
    CHECK(hello->host_name == "node2");
    CHECK(hello->process_id == 4711);
    CHECK(hello->cpus == 8);
    CHECK(hello->tasks == example_hello().tasks);
    CHECK(hello->clock_milliseconds == 1'700'000'000'123);
    check_truncations(example_hello(), control::parse_node_hello);
}

TEST_CASE("a host name that is not UTF-8 is shown with replacements") {
    auto hello = example_hello();
    hello.host_name =
        "n\xff"
        "2";
    const auto read = control::parse_node_hello(control::to_payload(hello));
    REQUIRE(read);
    CHECK(read->host_name ==
          "n\xef\xbf\xbd"
          "2");
}

TEST_CASE("the description of a job survives the trip, bytes that are not UTF-8 included") {
    const auto expected = example_job();
    const auto job = control::parse_job_description(control::to_payload(expected));
    REQUIRE(job);
    CHECK(job->job_id == expected.job_id);
    CHECK(job->host == 1);
    REQUIRE(job->hosts.size() == 3);
    for (std::size_t k = 0; k < 3; ++k) {
        CHECK(job->hosts[k].name == expected.hosts[k].name);
        CHECK(job->hosts[k].ranks == expected.hosts[k].ranks);
        CHECK(job->hosts[k].tags == expected.hosts[k].tags);
    }
    CHECK(job->broker_endpoints == expected.broker_endpoints);
    CHECK(job->keys.server_public == "server");
    CHECK(job->keys.public_key == "public");
    CHECK(job->keys.secret_key == "secret");
    CHECK(job->directory == expected.directory);
    CHECK(job->working_directory == expected.working_directory);
    CHECK(job->arguments == expected.arguments);
    CHECK(job->environment == expected.environment);
    REQUIRE(job->wrapped.size() == 2);
    CHECK(job->wrapped[0].rank == 3);
    CHECK(job->wrapped[0].command == expected.wrapped[0].command);
    CHECK(job->wrapped[1].rank == 6);
    CHECK(job->wrapped[1].command == expected.wrapped[1].command);
    CHECK(job->root_process_id == 77);
    CHECK(job->tunnel == control::Tunnel::never);
    CHECK(job->nice == 19);
    CHECK(job->bind_to == base::CpuUnit::numa);
    CHECK_FALSE(job->root_works);
    CHECK_FALSE(job->terminal_input);
    CHECK_FALSE(job->terminal_output);
    CHECK(job->terminal_error);
    CHECK(job->heartbeat_seconds == 1);
    CHECK(job->silence_seconds == 2.5);
    CHECK(job->stop_grace_seconds == 5);
    CHECK(job->start_timeout_seconds == 30);
    CHECK(job->stack_bytes == std::uint64_t{1} << 40);
    CHECK(job->spins);
    check_truncations(expected, control::parse_job_description);
}

TEST_CASE("many ranks in a row make a short description") {
    auto job = example_job();
    job.hosts = {{"a", {}}, {"b", {}}};
    for (base::Rank rank = 0; rank < 100'000; ++rank) job.hosts[rank % 1000 == 0].ranks.push_back(rank);
    const std::string payload = control::to_payload(job);
    CHECK(payload.size() < 5000);
    const auto read = control::parse_job_description(payload);
    REQUIRE(read);
    CHECK(read->hosts[0].ranks == job.hosts[0].ranks);
    CHECK(read->hosts[1].ranks == job.hosts[1].ranks);
}

TEST_CASE("an impossible description of a job is refused") {
    const auto is_job_refused = [](const std::string& payload) { return !control::parse_job_description(payload); };
    CHECK_FALSE(is_job_refused(job_with("\"host\":1", "\"host\":2")));
    CHECK(is_job_refused(job_with("\"host\":1", "\"host\":3")));
    CHECK(is_job_refused(job_with("\"host\":1", "\"host\":-1")));
    CHECK(is_job_refused(job_with("\"host\":1", "\"host\":1.0")));
    CHECK(is_job_refused(job_with("\"host\":1", "\"host\":4294967297")));
    CHECK(is_job_refused(job_with("\"host\":1", "\"host\":null")));
    CHECK(is_job_refused(job_with("\"root_works\":false", "\"root_works\":0")));
    CHECK(is_job_refused(job_with("\"nice\":19", "\"nice\":20")));
    CHECK(is_job_refused(job_with("\"nice\":19", "\"nice\":-1")));
    CHECK(is_job_refused(job_with("\"bind_to\":3", "\"bind_to\":4")));
    CHECK(is_job_refused(job_with("\"silence_seconds\":2.5", "\"silence_seconds\":-2.5")));
    CHECK(is_job_refused(job_with("\"silence_seconds\":2.5", "\"silence_seconds\":0")));
    CHECK(is_job_refused(job_with("\"silence_seconds\":2.5", "\"silence_seconds\":1e300")));
    CHECK(is_job_refused(job_with("\"silence_seconds\":2.5", "\"silence_seconds\":1e999")));
    CHECK(is_job_refused(job_with("\"arguments\":4", "\"arguments\":3")));
    CHECK(is_job_refused(job_with("\"arguments\":4", "\"arguments\":4294967295")));
    CHECK(is_job_refused(job_with("[0,3]", "[0,4]")));           // 3 would be there twice
    CHECK(is_job_refused(job_with("[0,3]", "[0,4294967295]")));  // memory for four thousand million ranks
    CHECK(is_job_refused(job_with("[0,3]", "[4294967295,3]")));
    CHECK(is_job_refused(job_with("[0,3]", "[0]")));
    CHECK(is_job_refused(job_with("[0,3]", "0")));
    CHECK(is_job_refused(job_with("\"job_id\":\"j-1\"", "\"job_id\":\"\xff\"")));

    auto job = example_job();
    job.arguments.clear();
    CHECK(is_job_refused(control::to_payload(job)));
    job.arguments = {std::string("a\0b", 3)};
    CHECK(is_job_refused(control::to_payload(job)));
}

TEST_CASE("JSON that is no object, too deep or no JSON is refused") {
    CHECK_FALSE(control::parse_node_hello(with_json("[]")));
    CHECK_FALSE(control::parse_node_hello(with_json("")));
    CHECK_FALSE(control::parse_node_hello(with_json("{")));
    CHECK_FALSE(control::parse_node_hello(with_json("{\"a\":" + std::string(100'000, '['))));
    CHECK_FALSE(control::parse_node_hello(with_json(std::string(100'000, '[') + std::string(100'000, ']'))));
    CHECK_FALSE(control::parse_node_hello(with_json("{\"tasks\":\"" + std::string(5 << 20, 'x') + "\"}")));
}

TEST_CASE("the configuration of a worker survives the trip") {
    const auto expected = example_config();
    const auto config = control::parse_worker_config(control::to_payload(expected));
    REQUIRE(config);
    CHECK(config->job_id == "j-1");
    CHECK(config->rank == 4);
    CHECK(config->incarnation == 2);
    CHECK(config->host == 1);
    REQUIRE(config->hosts.size() == 2);
    CHECK(config->hosts[1].name == "node2");
    CHECK(config->hosts[1].ranks == expected.hosts[1].ranks);
    CHECK(config->broker_endpoint == expected.broker_endpoint);
    CHECK_FALSE(config->root_works);
    CHECK(config->stack_bytes == 65536);
    CHECK(config->spins);
    CHECK_FALSE(config->is_launched);
    check_truncations(expected, control::parse_worker_config);
}

TEST_CASE("output, credit, exit and signal survive the trip") {
    const auto chunk =
        control::parse_output_chunk(control::to_payload(control::OutputChunk{7, 2, std::string("a\0\xff", 3)}));
    REQUIRE(chunk);
    CHECK(chunk->rank == 7);
    CHECK(chunk->stream == 2);
    CHECK(chunk->bytes == std::string("a\0\xff", 3));
    const auto end = control::parse_output_chunk(control::to_payload(control::OutputChunk{7, 1, {}}));
    REQUIRE(end);
    CHECK(end->bytes.empty());

    const control::Credit credit{1u << 31, 0, 4'000'000'000};
    const auto credit_read = control::parse_credit(control::to_payload(credit));
    REQUIRE(credit_read);
    CHECK(credit_read->rank == credit.rank);
    CHECK(credit_read->stream == 0);
    CHECK(credit_read->bytes == credit.bytes);
    check_truncations(credit, control::parse_credit);

    const control::WorkerExit exit{3, -9, true};
    const auto exit_read = control::parse_worker_exit(control::to_payload(exit));
    REQUIRE(exit_read);
    CHECK(exit_read->rank == 3);
    CHECK(exit_read->wait_status == -9);
    CHECK(exit_read->is_replaced);
    check_truncations(exit, control::parse_worker_exit);

    const auto number = control::parse_signal(control::signal_payload(15));
    REQUIRE(number);
    CHECK(*number == 15);
}

TEST_CASE("what is said of a relay survives the trip") {
    const control::NodeReady ready{"tcp://10.0.0.1:4000", true, "no way \xff", {"rank 1", "rank \xff"}, "why\xff"};
    const auto ready_read = control::parse_node_ready(control::to_payload(ready));
    REQUIRE(ready_read);
    CHECK(ready_read->broker_endpoint == ready.broker_endpoint);
    CHECK(ready_read->is_relayed);
    CHECK(ready_read->reason == ready.reason);
    CHECK(ready_read->bindings == ready.bindings);
    CHECK(ready_read->binding_problem == ready.binding_problem);
    check_truncations(ready, control::parse_node_ready);

    const auto chunk =
        control::parse_relay_chunk(control::to_payload(control::RelayChunk{7, std::string("\0\xff", 2)}));
    REQUIRE(chunk);
    CHECK(chunk->number == 7);
    CHECK(chunk->bytes == std::string("\0\xff", 2));
    CHECK_FALSE(control::parse_relay_chunk(control::to_payload(control::RelayChunk{0, "a"})));
    CHECK_FALSE(control::parse_relay_chunk("abc"));

    const control::RelayCredit credit{7, 4'000'000'000};
    const auto credit_read = control::parse_relay_credit(control::to_payload(credit));
    REQUIRE(credit_read);
    CHECK(credit_read->number == 7);
    CHECK(credit_read->bytes == credit.bytes);
    check_truncations(credit, control::parse_relay_credit);
}

TEST_CASE("impossible streams and signals are refused") {
    CHECK_FALSE(control::parse_output_chunk(""));
    CHECK_FALSE(control::parse_output_chunk(bytes_of({1, 0, 0, 0})));
    CHECK_FALSE(control::parse_output_chunk(bytes_of({1, 0, 0, 0, 0})));
    CHECK_FALSE(control::parse_output_chunk(bytes_of({1, 0, 0, 0, 3})));
    CHECK_FALSE(control::parse_credit(control::to_payload(control::Credit{0, 3, 1})));
    CHECK_FALSE(control::parse_signal(""));
    CHECK_FALSE(control::parse_signal(control::signal_payload(0)));
    CHECK_FALSE(control::parse_signal(control::signal_payload(65)));
    CHECK_FALSE(control::parse_signal(control::signal_payload(-1)));
    CHECK_FALSE(control::parse_signal(control::signal_payload(15) + "x"));
}

TEST_CASE("the failure of a node survives the trip with the bytes a program printed") {
    const control::StartFailure failure{"worker", "rank 1 said \xff", "look", 126};
    const auto read = control::parse_start_failure(control::to_payload(failure));
    REQUIRE(read);
    CHECK(read->step == "worker");
    CHECK(read->sentence == failure.sentence);
    CHECK(read->advice == "look");
    CHECK(read->exit_status == 126);
    check_truncations(failure, control::parse_start_failure);
    CHECK_FALSE(control::parse_start_failure(control::to_payload(control::StartFailure{"a", "b", "c", 256})));
    CHECK_FALSE(control::parse_start_failure(control::to_payload(control::StartFailure{"a", "b", "c", -1})));
}
