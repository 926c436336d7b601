// What workers and brokers say to each other about tasks (over ZeroMQ), as plain structs in one variant.
//
//   peer      a worker of a host broker, or a host broker of the root broker: whoever is one level further down
//   upstream  the broker one level further up (a host broker has one, the root broker has none)
//
// | message  | peer → broker                                   | broker → peer                                  |
// |----------|-------------------------------------------------|------------------------------------------------|
// | Hello    | names the peer, first message on a connection   | –                                              |
// | Welcome  | –                                               | the peer is known and may go on                |
// | Refused  | –                                               | the peer may not join; the sentence says why   |
// | Request  | "I have nothing to run, or soon will not, give  | –                                              |
// |          | me up to count"; 0 takes a request back         |                                                |
// | Steal    | –                                               | "give up to count of your unstarted tasks, now |
// |          |                                                 | or as soon as you have some"                   |
// | Dry      | answer to Steal: nothing to give at the moment  | –                                              |
// | Tasks    | gives tasks away (also takes a request back),   | tasks to run (ends a request, takes back Steal)|
// |          | or unasked those that its host cannot run       |                                                |
// | Results  | of tasks it ran, on their way to the owners     | results for tasks the peer (or its ranks) owns |
// | Lost     | a host's broker: these tasks went down with one | these tasks went down with a worker            |
// |          | of its workers and are owned elsewhere          |                                                |
// | RanksDown| a host's broker: these of its ranks are gone    | these ranks are gone: forget what they own     |
// | RankUp   | a host's broker: a replacement has joined       | this rank is back, under a new incarnation     |
// | HostJoined| –                                              | a host has joined the running job              |
// | Cancel   | of its tasks: nobody waits for these any more   | of tasks it has: they need not be run          |
// | Post     | for another worker, by rank                     | from another worker                            |
//
// A peer that has sent Request or Dry stays *armed*: it gives tasks away as soon as it has some, unasked, until Tasks
// pass in either direction or it takes its request back. Every Steal is answered, by Tasks or Dry, unless Tasks came
// first. A task that comes back to its owner is its own again: it may end without Results. One that was cancelled is
// answered by who has it, unless it was still in a queue. What one worker sends on one way (Results after Post, say) is
// seen in that order by whoever hears of both.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "protocol/black_box.hpp"
#include "protocol/bytes.hpp"

namespace scoop::protocol {

struct TaskItem {
    static constexpr std::uint64_t no_copy = ~std::uint64_t{0};

    base::TaskId id;
    std::uint32_t attempt = 1;     ///< 1 for the first execution
    std::uint64_t function = 0;    ///< hash of the task's name and portable signature
    Bytes arguments;               ///< serialized, as are payloads and values; brokers do not look at them
    std::int8_t priority = 0;      ///< higher ones are run earlier where they wait together
    std::uint32_t retries = 0;     ///< how often it may be repeated after an exception
    std::uint32_t timeout_ms = 0;  ///< how long it may run; 0: as long as it likes
    std::uint32_t kill_after_ms =
        0;                    ///< how long after that its worker lives if it has not stopped; 0: as long as it likes
    std::uint64_t needs = 0;  ///< the tags (protocol/tags.hpp) that its host must carry
    std::uint64_t copy_of = no_copy;  ///< of a second copy: the counter in the first one's id, which is its owner's too
    [[nodiscard]] bool is_copy() const { return copy_of != no_copy; }
    [[nodiscard]] base::TaskId first() const { return {id.owner, id.incarnation, copy_of}; }
    friend bool operator==(const TaskItem&, const TaskItem&) = default;
};

enum class Outcome : std::uint8_t {
    value = 0,               ///< payload: the serialized return value
    exception = 1,           ///< payload: the serialized exception
    function_not_found = 2,  ///< the executor has no such function; payload: host and build of the executor, as text
    cancelled = 3,           ///< it was not run, since it was cancelled
    part = 4,                ///< payload: a part of the answer; the task goes on, and more follows
    timed_out = 5,           ///< it ran longer than its timeout
};

struct ResultItem {
    base::TaskId id;
    Outcome outcome = Outcome::value;
    Bytes payload;
    base::Rank executor = 0;  ///< who ran it
    friend bool operator==(const ResultItem&, const ResultItem&) = default;
};

struct Hello {
    std::uint32_t protocol_version = 0;
    std::uint32_t peer = 0;  ///< the rank of a worker, or the host index of a host broker
    std::uint32_t incarnation = 0;
    friend bool operator==(const Hello&, const Hello&) = default;
};
struct Welcome {
    friend bool operator==(const Welcome&, const Welcome&) = default;
};
struct Refused {
    std::string sentence;
    friend bool operator==(const Refused&, const Refused&) = default;
};
struct Request {
    std::uint32_t count = 0;
    friend bool operator==(const Request&, const Request&) = default;
};
struct Steal {
    std::uint32_t count = 0;
    friend bool operator==(const Steal&, const Steal&) = default;
};
struct Dry {
    friend bool operator==(const Dry&, const Dry&) = default;
};
struct Tasks {
    std::vector<TaskItem> items;
    friend bool operator==(const Tasks&, const Tasks&) = default;
};
struct Results {
    std::vector<ResultItem> items;
    friend bool operator==(const Results&, const Results&) = default;
};
/// How the process of a worker ended. Both zero: with its whole host, or nobody saw it.
struct Ending {
    std::uint8_t signal = 0;
    std::uint8_t status = 0;
    std::uint64_t peak_kib = 0;  ///< the most memory that the process had at once; 0: not known
    friend bool operator==(const Ending&, const Ending&) = default;
};
/// What tasks were lost with.
struct Loss {
    std::string reason;   ///< "rank 3 on node2 was killed by signal 9 (Killed)"
    base::Rank rank = 0;  ///< the worker; of a whole host the first
    Ending ending;
    Blame blame = Blame::none;
    bool is_final = false;  ///< nobody is left who could run them: trying again is in vain
    friend bool operator==(const Loss&, const Loss&) = default;
};
struct Lost {
    std::vector<base::TaskId> ids;
    Loss loss;
    friend bool operator==(const Lost&, const Lost&) = default;
};
struct RanksDown {
    std::vector<base::Rank> ranks;
    Ending ending;
    std::uint32_t returns_as = 0;  ///< a replacement will have at least this incarnation; 0: there will be none
    friend bool operator==(const RanksDown&, const RanksDown&) = default;
};
struct RankUp {
    base::Rank rank = 0;
    std::uint32_t incarnation = 0;
    friend bool operator==(const RankUp&, const RankUp&) = default;
};
/// A host that was not there when the job began. Its ranks are new, and none of them is down.
struct HostJoined {
    base::HostIndex host = 0;
    std::string name;  ///< as the user wrote it
    std::vector<base::Rank> ranks;
    friend bool operator==(const HostJoined&, const HostJoined&) = default;
};
struct Cancel {
    std::vector<base::TaskId> ids;
    friend bool operator==(const Cancel&, const Cancel&) = default;
};
struct Post {
    static constexpr std::uint8_t call = 0;    ///< a subject: the receiver executes something for the sender
    static constexpr std::uint8_t called = 1;  ///< and answers with this one

    base::Rank to = 0;
    base::Rank from = 0;
    std::uint8_t subject = 0;  ///< brokers look at no others than those two (worker/mail.hpp)
    std::string content;
    Bytes value{};  ///< what may be large
    friend bool operator==(const Post&, const Post&) = default;
};

using Message = std::variant<Hello, Welcome, Refused, Request, Steal, Dry, Tasks, Results, Lost, RanksDown, Cancel,
                             Post, RankUp, HostJoined>;

}  // namespace scoop::protocol
