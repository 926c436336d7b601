// BrokerCore: decides what a broker does. Events in, actions out; no sockets, no clock. One thread.
//
// The same class serves a host (peers are workers, upstream is the root broker) and the root (peers are the hosts'
// brokers, no upstream). It moves work inside its own peers first and turns upstream only when all of them have run
// dry. What it knows is soft: owners keep their tasks until results come, so whatever a broker loses can be told again.
//
// State of a peer, and what each event makes of it:
//
// | event                | request      | armed                       | steal       | given                         |
// |----------------------|--------------|-----------------------------|-------------|-------------------------------|
// | Request(n) from it   | n            |                             |             |                               |
// | Request(0) from it   | 0            | no                          |             |                               |
// | Dry from it          |              | yes, if a steal was pending | not pending |                               |
// | Tasks from it        | 0            | no                          | not pending | without them                  |
// | Results, Lost from it|              |                             |             | without them                  |
// | Steal(n) to it       |              |                             | pending: n  |                               |
// | Tasks to it          | 0            | no                          | not pending | with them, unless it owns them|
// | it is down           | 0            | no                          | not pending | empty: reported lost          |
// | its replacement joins| 0            | no                          | not pending | empty                         |
// | Cancel to it         |              |                             |             | marked: not queued any more   |
//
//   hungry       request > 0. Served in the order of their requests.
//   victim       not hungry, not armed, no steal pending: the next to be asked, in turn. Who has been hungry since its
//                last turn is passed over once: it has little, and who is never hungry has most.
//   last resort  hungry, not armed, no steal pending: asked when there is no victim left and others are hungry too. Its
//                request may have crossed tasks that went to it, and a host's request stays standing while its workers
//                find work of their own; besides, it learns how much to give as soon as it has something.
//
// Who does not answer a Steal for a while, since it is stopped perhaps, is late: nobody waits for it any more, others
// are asked in its place, and it is not asked again before it has answered.
//
// A Dry that comes without a pending steal answers one that Tasks have taken back meanwhile: it means nothing.
// Upstream is served after all hungry peers while a Steal of it is unsatisfied. As many victims are asked for it as it
// wants tasks, and what they give goes up together; what is still missing then is asked for once more. A host that asks
// upstream asks for as many tasks as it has workers. So work moves between hosts seldom, and in large shares.
//
// Tasks that need tags wait in queues of their own, one for each set of tags, for hungry peers that carry them. If no
// peer with a worker does they go upstream at once, and from the root broker back to their owners as lost for good: who
// carried them is gone.
//
// A second copy of a task waits apart while a peer has the first one: for another peer that is hungry, whatever else
// waits. If there is none down here it goes upstream.
//
// A worker that has died may be replaced: then its rank comes back under a higher incarnation, and what the dead one
// owned or still says is forgotten all the same. Until then its rank is down, but counts as one that can run tasks.
//
// A host that leaves is drained: it is given nothing more, whatever it asks for, while others may still take work from
// it. Once nobody waits for a task that it has or for a call on one of its ranks, and nobody has a task that it owns,
// it is drained and can go like a peer that is down, with nothing lost. Tasks that never left it and that nobody else
// waits for are known to nobody here.
//
// A host that joins a running job is a peer like the others from its Hello on. All others hear of it then, and it of
// what has happened before: of hosts that have joined, and of ranks that are down. Its first workers may post to those
// that have not said Hello yet: what is meant for a peer waits until it has.
//
// Given tasks are kept in one table for all peers, so that a Cancel finds who has the task. Posts are passed on by
// rank; one for a rank that is gone or unknown is dropped.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/failure.hpp"
#include "base/ids.hpp"
#include "broker/outbox.hpp"
#include "broker/peer_list.hpp"
#include "protocol/messages.hpp"
#include "protocol/tags.hpp"

namespace scoop::broker {

struct CoreConfig {
    std::map<std::uint32_t, std::vector<base::Rank>> peers;  ///< who is one level down, and which ranks live there
    std::map<std::uint32_t, std::string> peer_names;         ///< for sentences
    std::map<std::uint32_t, protocol::TagMask> peer_tags;    ///< what their hosts carry; missing: nothing
    std::set<base::Rank> idle_ranks;                         ///< who only submits: a root that does not work
    bool has_upstream = false;
    bool replaces_workers = false;  ///< a peer that breaks the protocol ends and is replaced, too
};

/// How a peer went.
struct Departure {
    std::string reason;            ///< at most sentence_size_max
    protocol::Ending ending = {};  ///< of a worker's process
    std::uint32_t incarnation = 0;
    std::optional<protocol::BlackBox::Blamed> blamed = std::nullopt;  ///< the task that it executed
    bool is_replaced = false;   ///< another process will join under its rank and a higher incarnation
    bool is_host_lost = false;  ///< its whole host was lost; not, if it was let go
};

/// A peer that was not there when the job began.
struct NewPeer {
    std::uint32_t number = 0;
    std::string name;
    std::vector<base::Rank> ranks;
    protocol::TagMask tags = 0;
};

struct SendToPeer {
    std::uint32_t peer;
    protocol::Message message;
};
struct SendUpstream {
    protocol::Message message;
};
/// It broke the protocol and counts as down from now on; it should be told so and ended.
struct DropPeer {
    std::uint32_t peer;
    std::string reason;
};
using Action = std::variant<SendToPeer, SendUpstream, DropPeer>;

/// What a broker knows at one moment, for somebody who looks.
struct CoreStatus {
    struct OfPeer {
        std::size_t tasks = 0;   ///< of others, that it was given and has not answered
        bool is_hungry = false;  ///< it has asked for more
    };
    std::map<std::uint32_t, OfPeer> peers;
    std::size_t tasks_waiting = 0;  ///< for a peer to take them
};

class BrokerCore {
public:
    explicit BrokerCore(CoreConfig config);

    /// For the root broker. The number and the ranks are ones that nobody has had.
    void add_peer(NewPeer peer);
    /// A peer names itself. Returns why it may not join, if so.
    [[nodiscard]] std::optional<std::string> on_hello(const protocol::Hello& hello);
    /// A message of a peer that has joined. Peers that are down are not heard.
    void on_message(std::uint32_t peer, protocol::Message message);
    /// Bytes of a peer that are no message.
    void on_malformed(std::uint32_t peer, const std::string& reason);
    /// A message from upstream after Welcome. A Failure means that upstream broke the protocol: the job cannot go on.
    [[nodiscard]] base::Result<void> on_upstream(protocol::Message message);
    /// A peer is gone; if it was down already and was to be replaced it may be gone for good now. The reason goes to
    /// the owners of what went with it, and so does how a worker's process ended. Returns how many tasks of others that
    /// were; nothing if it is no news.
    std::optional<std::size_t> on_peer_down(std::uint32_t peer, const Departure& departure);

    /// The peer is to leave; take_drained() says when it can. Nothing happens if it is not known or down.
    void drain(std::uint32_t peer);
    /// After take_actions: those that have become drained since the last call.
    [[nodiscard]] std::vector<std::uint32_t> take_drained();

    /// Hands out work after any number of events, and returns what is to be done, in this order.
    [[nodiscard]] std::vector<Action> take_actions();

    /// After take_actions: whether tasks for upstream wait for the answers of workers that were asked for more.
    [[nodiscard]] bool is_gathering() const { return upstream_.steal > 0 && !queue_.empty(); }
    /// They have waited long enough, and go up without them: one of these workers may be stopped.
    void end_gathering() { upstream_.must_go = true; }

    /// After take_actions: whether somebody has nothing to do until those answer that were asked for tasks.
    [[nodiscard]] bool is_waiting() const { return steals_pending_ > 0 && (!hungry_.empty() || upstream_.steal > 0); }
    /// They have been waited for long enough.
    void end_waiting();

    /// Takes a look at every given task.
    [[nodiscard]] CoreStatus status() const;
    [[nodiscard]] bool has_all_peers() const { return peers_connected_ == peers_.size(); }
    [[nodiscard]] std::string name_of(std::uint32_t peer) const;

private:
    struct Peer {
        std::uint32_t number = 0;
        std::string name;
        std::vector<base::Rank> ranks;
        std::vector<base::Rank> workers;  // those of the ranks that run tasks
        protocol::TagMask tags = 0;
        bool is_connected = false;
        bool is_down = false;
        bool is_leaving = false;
        bool is_new = false;  ///< the others do not know of it yet
        std::uint32_t incarnation = 0;
        bool is_armed = false;
        bool was_hungry = false;  ///< since it was last passed over as a victim
        std::uint32_t request = 0;
        std::uint32_t steal = 0;
        bool is_late = false;  ///< with its answer to that
        Outbox outbox;
    };
    struct Given {
        PeerIndex holder = 0;
        bool is_cancelled = false;
    };
    /// Of a rank that has died once or more.
    struct Fate {
        std::uint32_t incarnation = 0;  ///< the first that is not dead
        bool is_down = false;
        protocol::Ending ending;  ///< the last
    };
    static constexpr std::uint32_t no_incarnation = 0xffff'ffff;
    struct Upstream {
        std::uint32_t request = 0;     ///< we asked for so many
        std::uint32_t steal = 0;       ///< we were asked for so many
        bool has_said_dry = false;     ///< in answer to that steal
        bool must_go = false;          ///< what was gathered for it, now
        bool has_asked_again = false;  ///< for that steal, those that had given something
        Outbox outbox;
    };

    // Events.
    void handle(PeerIndex from, protocol::Request& message);
    void handle(PeerIndex from, protocol::Dry& message);
    void handle(PeerIndex from, protocol::Tasks& message);
    void handle(PeerIndex from, protocol::Results& message);
    void handle(PeerIndex from, protocol::Lost& message);
    void handle(PeerIndex from, protocol::RanksDown& message);
    void handle(PeerIndex from, protocol::RankUp& message);
    void handle(PeerIndex from, protocol::Cancel& message);
    void handle(PeerIndex from, protocol::Post& message);
    template <class Unexpected>
    void handle(PeerIndex from, Unexpected& message);
    base::Result<void> handle_upstream(protocol::Tasks& message);
    base::Result<void> handle_upstream(protocol::Results& message);
    base::Result<void> handle_upstream(protocol::Lost& message);
    base::Result<void> handle_upstream(protocol::RanksDown& message);
    base::Result<void> handle_upstream(protocol::RankUp& message);
    base::Result<void> handle_upstream(protocol::HostJoined& message);
    base::Result<void> handle_upstream(protocol::Steal& message);
    base::Result<void> handle_upstream(protocol::Cancel& message);
    base::Result<void> handle_upstream(protocol::Post& message);
    template <class Unexpected>
    base::Result<void> handle_upstream(Unexpected& message);
    void fail(PeerIndex peer, const std::string& reason);
    std::size_t bury(PeerIndex peer, const Departure& departure);
    [[nodiscard]] std::optional<std::string> replace(PeerIndex peer, std::uint32_t incarnation);
    Peer& insert(std::uint32_t number, std::string name, std::vector<base::Rank> ranks, protocol::TagMask tags);
    void tell_past(PeerIndex peer);
    void introduce(PeerIndex peer);
    void forget_ranks(const protocol::RanksDown& down, std::optional<PeerIndex> told_by, bool tell_upstream);
    void raise_rank(const protocol::RankUp& up, std::optional<PeerIndex> told_by, bool tell_upstream);
    void spread(const protocol::Message& news, std::optional<PeerIndex> told_by, bool tell_upstream);

    // Handing out work.
    void enqueue(protocol::TaskItem item);
    void enqueue_apart_from_copies(protocol::TaskItem item);
    void serve_copies();
    [[nodiscard]] bool may_have_copy(const Peer& peer, const protocol::TaskItem& item) const;
    void serve_needs();
    [[nodiscard]] bool can_run(const Peer& peer) const;
    [[nodiscard]] bool is_drained(PeerIndex peer) const;
    void note_call(const protocol::Post& post);
    void send_away(std::deque<protocol::TaskItem>& queue);
    void serve_hungry();
    void serve_upstream();
    void ask_victims();
    [[nodiscard]] PeerIndex next_victim(PeerList& candidates);
    void ask_upstream();
    void give(PeerIndex to, std::deque<protocol::TaskItem>& queue, std::size_t count);
    [[nodiscard]] bool has_given(PeerIndex peer, const base::TaskId& id) const;
    /// Forgets that the peer has this task; nothing if it does not have it.
    std::optional<Given> take_given(PeerIndex peer, const base::TaskId& id);
    /// Queued tasks of which `wanted` says so.
    template <class Wanted>
    std::size_t erase_queued(Wanted wanted);
    /// Whether somebody down here was found who has it.
    bool cancel(const base::TaskId& id);

    // Bookkeeping.
    [[nodiscard]] std::optional<PeerIndex> find(std::uint32_t number) const;
    [[nodiscard]] bool is_owned_by(const base::TaskId& id, PeerIndex peer) const;
    [[nodiscard]] bool is_owner_dead(const base::TaskId& id) const;
    [[nodiscard]] bool is_down(base::Rank rank) const;
    /// It is down, and no replacement is to come.
    [[nodiscard]] bool is_gone(base::Rank rank) const;
    /// Where an owner is reached: the outbox of a peer or upstream's; null when there is no such rank or it is dead.
    [[nodiscard]] Outbox* route_to(base::Rank owner);
    [[nodiscard]] Outbox& outbox_of(PeerIndex peer);
    void set_request(PeerIndex peer, std::uint32_t count);
    void set_steal(PeerIndex peer, std::uint32_t count);
    void set_armed(PeerIndex peer, bool is_armed);
    void on_tasks_pass(PeerIndex peer);
    void classify(PeerIndex peer);

    std::vector<Peer> peers_;
    std::unordered_map<std::uint32_t, PeerIndex> index_of_;
    std::unordered_map<base::Rank, PeerIndex> home_of_;
    std::unordered_map<base::Rank, Fate> fates_;
    std::unordered_map<base::TaskId, Given, base::TaskIdHash> given_;
    /// Caller and called: how many calls from host to host have not been answered. Of the root broker.
    std::map<std::pair<base::Rank, base::Rank>, std::uint32_t> calls_;
    std::vector<protocol::HostJoined> joined_;
    std::size_t peers_connected_ = 0;
    std::size_t peers_alive_ = 0;  // not down; some may not have joined yet
    bool has_upstream_;
    bool replaces_workers_;
    Upstream upstream_;

    std::deque<protocol::TaskItem> queue_;  // given by somebody, wanted by nobody yet
    std::map<protocol::TagMask, std::deque<protocol::TaskItem>>
        needs_;                              // the same, of those that need tags; none empty
    std::deque<protocol::TaskItem> copies_;  // second ones, of tasks that a peer of ours has
    PeerList hungry_;
    PeerList victims_;
    PeerList last_resort_;
    std::uint64_t wanted_ = 0;         // sum of the hungry peers' requests
    std::size_t steals_pending_ = 0;   // peers with a pending steal that are not late
    std::uint64_t steals_wanted_ = 0;  // sum of these
    std::size_t misses_ = 0;           // answers Dry since tasks came from anybody

    std::vector<PeerIndex> draining_;
    std::vector<PeerIndex> dirty_;  // peers whose outbox may hold something
    std::vector<Action> drops_;
};

}  // namespace scoop::broker
