// The control channel: launcher ↔ node (descriptors 3 and 4 of the node) and node ↔ worker (descriptor 3 of the
// worker).
//
// On the node's channel one ready line comes first, then frames both ways; between node and worker there are frames
// only. A frame is a 4-byte little-endian length (of type, flags and payload), one byte type, one byte flags (bit 0:
// the payload goes on in the next frame of this type), payload; at most `frame_size_max` in all. Whoever receives an
// impossible frame closes the channel. End of file on a channel is the death of the other side.
//
// | frame     | direction        | payload                                                                       |
// |-----------|------------------|-------------------------------------------------------------------------------|
// | hello     | node → launcher  | NodeHello                                                                     |
// | job       | launcher → node  | JobDescription: the node starts its broker and its workers                    |
// | ready     | node → launcher  | NodeReady: all workers of the host are up and its broker is connected         |
// | start     | launcher → node  | empty: all hosts are ready, the root's program begins (passed on to the root) |
// | input     | launcher → node  | bytes of the root's stdin; empty: end of file                                 |
// | output    | node → launcher  | OutputChunk: bytes a worker wrote; empty bytes: that stream has ended         |
// | credit    | both             | Credit: so many more bytes of that stream may be sent                         |
// | signal    | launcher → node  | u32: the number of a signal for the root (or for all workers of the host);     |
// |           |                  | SIGTSTP and SIGCONT stop and continue everything below the node               |
// | end       | launcher → node  | empty: end the job here: TERM, grace, KILL; then `ended` and end of file      |
// | exited    | node → launcher  | WorkerExit; sent after the worker's output has been passed on                 |
// | failed    | node → launcher  | StartFailure: the node could not do its part and ends                         |
// | ended     | node → launcher  | empty: no process of the job is left on this host                             |
// | heartbeat | both             | empty, once a second                                                          |
// | note      | node → launcher  | text for the user (shown with the host's name)                                |
// | worker    | node → worker    | WorkerConfig, the first frame on a worker's channel                           |
// | worker    | node → launcher  | WorkerConfig of rank 0, where the launcher is the root itself (LocalJob)      |
// | relay     | both             | RelayChunk: bytes between the brokers of a host that cannot connect to the    |
// |           |                  | root broker; empty bytes: that connection has ended (transport/relay.hpp)     |
// | relay_    | both             | RelayCredit: so many more bytes of that connection may be sent                |
// | credit    |                  |                                                                               |
// | usage     | launcher → node  | empty: asks for what the other one tells                                      |
// | usage     | node → launcher  | NodeUsage (protocol/node_usage.hpp)                                           |
//
// Structured parts are JSON; argv, environment and paths travel as raw bytes, they need not be UTF-8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cpu_topology.hpp"
#include "base/failure.hpp"
#include "base/ids.hpp"

namespace scoop::control {

/// What a node writes first, on a line of its own; everything before it came from a login shell.
inline constexpr std::string_view ready_line = "scoop-node-ready 1\n";
inline constexpr std::size_t frame_size_max = 32 * 1024;
/// A message of several frames may not grow past this.
inline constexpr std::size_t message_size_max = 64u << 20;
/// Bytes of one stream (a worker's stdout or stderr, the root's stdin) that may be under way before credit comes back.
inline constexpr std::uint32_t stream_credit_first = 256 * 1024;
/// The same for each direction of a relayed connection.
inline constexpr std::uint32_t relay_credit_first = 1024 * 1024;

/// Steps from the highest to the lowest priority that need no privilege.
inline constexpr std::uint32_t nice_max = 19;

/// The descriptors of the channel in a node (read, write) and in a worker (both ways).
inline constexpr int node_read_fd = 3;
inline constexpr int node_write_fd = 4;
inline constexpr int worker_fd = 3;
/// A worker's protocol/black_box.hpp.
inline constexpr int black_box_fd = 4;
/// Set to "caller", "node", "broker" or "worker" in a process started for a role; `scoop::run` removes it.
inline constexpr const char* role_variable = "SCOOP_ROLE";

enum class FrameType : std::uint8_t {
    hello = 1,
    job,
    ready,
    start,
    input,
    output,
    credit,
    signal,
    end,
    exited,
    failed,
    ended,
    heartbeat,
    note,
    worker,
    relay,
    relay_credit,
    usage,
};

struct Message {  ///< one or several frames put together
    FrameType type{};
    std::string payload;
};

/// The frames of one message, ready to write.
[[nodiscard]] std::string encode(FrameType type, std::string_view payload = {});

/// Cuts a byte stream into messages. One thread.
class FrameReader {
public:
    void push(std::string_view bytes);
    /// The next whole message, nothing if more bytes are needed, a Failure if the stream is not ours (then close it).
    [[nodiscard]] base::Result<std::optional<Message>> next();

private:
    std::string buffer_;
    std::size_t position_ = 0;
    std::optional<Message> partial_;
};

struct HostEntry {
    std::string name;                    ///< as the user wrote it
    std::vector<base::Rank> ranks;       ///< of its workers
    std::vector<std::string> tags = {};  ///< what it has and tasks may need
};

struct NodeHello {
    std::uint32_t protocol_version = 0;
    std::string library_version;  ///< "0.1.0"
    std::string build_id;         ///< hexadecimal; of the program's file
    std::string architecture;     ///< as uname -m says: "x86_64"
    std::string host_name;        ///< as gethostname says
    std::uint32_t process_id = 0;
    std::uint32_t cpus = 0;                ///< usable by this process
    std::vector<std::string> tasks;        ///< portable names with signatures, sorted
    std::uint64_t clock_milliseconds = 0;  ///< since 1970, by the clock of its host; 0: not told
};

struct CurveKeys {  ///< Z85 text; empty strings: no CURVE (a local connection)
    std::string server_public;
    std::string public_key;
    std::string secret_key;
};

/// How a host that is no local one may reach the root broker.
enum class Tunnel : std::uint8_t {
    automatic,  ///< by TCP, else through the control channel
    always,     ///< through the control channel
    never,      ///< by TCP
};

/// A command that runs the program in one rank: a debugger, a profiler.
struct WrappedRank {
    base::Rank rank = 0;
    std::vector<std::string> command;  ///< raw; at least one word, the first is looked for in PATH
};

struct JobDescription {
    std::string job_id;
    base::HostIndex host = 0;                   ///< which of `hosts` this node is
    std::vector<HostEntry> hosts;               ///< all hosts of the job
    std::vector<std::string> broker_endpoints;  ///< of the root broker; the node takes the first it can reach
    Tunnel tunnel = Tunnel::automatic;
    CurveKeys keys;
    std::string
        directory;  ///< raw; 0700, for sockets; empty: the node makes its own. Whoever outlives the other removes it
    /// Not 0: this process of the node's host has started the node and is rank 0 itself. The node sends it the
    /// configuration of rank 0, starts the other ranks, and ends with it.
    std::uint32_t root_process_id = 0;
    std::string working_directory;         ///< raw; empty: stay
    std::vector<std::string> arguments;    ///< raw; argv of the program, argv[0] included
    std::vector<std::string> environment;  ///< raw "NAME=value", added to the node's own
    std::vector<WrappedRank> wrapped;      ///< of this host
    std::uint32_t nice = 0;                ///< how much lower than this node's the priority of the workers is
    std::optional<base::CpuUnit> bind_to;  ///< what each worker gets a share of and stays on
    bool root_works = true;
    bool respawn = false;          ///< workers that end are replaced
    bool terminal_input = false;   ///< root: descriptors 0, 1, 2 of the node are the terminal
    bool terminal_output = false;  ///< and the root inherits them instead of getting a pipe
    bool terminal_error = false;
    double heartbeat_seconds = 1;
    double silence_seconds = 15;  ///< without a frame for this long the other side is dead
    double stop_grace_seconds = 5;
    double start_timeout_seconds = 30;
    std::uint64_t stack_bytes = 0;  ///< of tasks; 0: worker/fiber knows
    bool spins = false;             ///< base/spinning
};

struct WorkerConfig {
    std::string job_id;
    base::Rank rank = 0;
    std::uint32_t incarnation = 0;
    base::HostIndex host = 0;
    std::vector<HostEntry> hosts;
    std::string broker_endpoint;  ///< ipc:// of the host's broker
    bool root_works = true;
    std::uint64_t stack_bytes = 0;  ///< of tasks; 0: worker/fiber knows
    bool spins = false;             ///< base/spinning
    bool is_launched = true;        ///< by scoop-run or another launcher
};

struct OutputChunk {
    base::Rank rank = 0;
    std::uint8_t stream = 1;  ///< 1 stdout, 2 stderr
    std::string bytes;
};

struct Credit {
    base::Rank rank = 0;
    std::uint8_t stream = 1;  ///< 0 stdin, 1 stdout, 2 stderr
    std::uint32_t bytes = 0;
};

struct WorkerExit {
    base::Rank rank = 0;
    std::int32_t wait_status = 0;  ///< as waitpid gives it
    bool is_replaced = false;      ///< another process takes its rank
};

struct NodeReady {
    std::string broker_endpoint =
        {};                   ///< raw; the root broker's that answered; empty: there was no need to try, or none
    bool is_relayed = false;  ///< through the control channel
    std::string reason = {};  ///< why, when it was not asked for: what was tried
    std::vector<std::string> bindings = {};  ///< raw; a line for each worker that is bound to CPUs
    std::string binding_problem = {};        ///< raw; why none is though it was asked for
};

struct RelayChunk {
    std::uint32_t number = 0;  ///< of the connection
    std::string bytes;
};

struct RelayCredit {
    std::uint32_t number = 0;
    std::uint32_t bytes = 0;
};

struct StartFailure {
    std::string step;                ///< "wdir", "broker", "call-back", "spawn", "worker"
    std::string sentence;            ///< what failed and why
    std::string advice;              ///< what to do
    std::int32_t exit_status = 120;  ///< what scoop-run should end with
};

// Payloads to and from bytes. parse_* refuse what is malformed or out of limits; they never throw.
[[nodiscard]] std::string to_payload(const NodeHello&);
[[nodiscard]] std::string to_payload(const JobDescription&);
[[nodiscard]] std::string to_payload(const WorkerConfig&);
[[nodiscard]] std::string to_payload(const OutputChunk&);
[[nodiscard]] std::string to_payload(const Credit&);
[[nodiscard]] std::string to_payload(const WorkerExit&);
[[nodiscard]] std::string to_payload(const StartFailure&);
[[nodiscard]] std::string to_payload(const NodeReady&);
[[nodiscard]] std::string to_payload(const RelayChunk&);
[[nodiscard]] std::string to_payload(const RelayCredit&);
[[nodiscard]] std::string signal_payload(int number);
[[nodiscard]] base::Result<NodeHello> parse_node_hello(std::string_view);
[[nodiscard]] base::Result<JobDescription> parse_job_description(std::string_view);
[[nodiscard]] base::Result<WorkerConfig> parse_worker_config(std::string_view);
[[nodiscard]] base::Result<OutputChunk> parse_output_chunk(std::string_view);
[[nodiscard]] base::Result<Credit> parse_credit(std::string_view);
[[nodiscard]] base::Result<WorkerExit> parse_worker_exit(std::string_view);
[[nodiscard]] base::Result<StartFailure> parse_start_failure(std::string_view);
[[nodiscard]] base::Result<NodeReady> parse_node_ready(std::string_view);
[[nodiscard]] base::Result<RelayChunk> parse_relay_chunk(std::string_view);
[[nodiscard]] base::Result<RelayCredit> parse_relay_credit(std::string_view);
[[nodiscard]] base::Result<int> parse_signal(std::string_view);

}  // namespace scoop::control
