// GateWatch: notices those who connect to a TCP Router and are not let in, from what libzmq tells of its connections,
// and ends connections when too many of them have not been let in yet.
//
// Made, used and destroyed by the Router's owner, on its thread: poll it, and call `try_take_stranger` when it is
// readable; then receive what the Router has, and call `end_surplus`. To be ended before it is destroyed, unless the
// Router was closed. Clients that know the server's key are the ClientGate's to tell of; all others never get as far as
// its question.
//
// libzmq ends a connection that does not finish its handshake after some seconds. A flood of them would take all
// descriptors of the process before: then nobody is accepted any more, and libzmq tries to accept the next one again
// and again, which takes a whole processor. So the oldest ones are ended as soon as they are more than a share of the
// descriptors. Our own hosts need milliseconds for their handshake and are never the oldest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "transport/sockets.hpp"

namespace scoop::transport {

class GateWatch {
public:
    /// `unfinished_max`: so many connections may end in the middle of their handshake before somebody is thought to be
    /// behind it. Our own hosts leave such connections behind, too: they try which address they reach us by.
    [[nodiscard]] static base::Result<GateWatch> open(Context& context, const Router& router,
                                                      std::size_t unfinished_max);

    /// Takes in what has happened. Somebody was turned away: from where, as far as that can be told ("" if not).
    [[nodiscard]] std::optional<std::string> try_take_stranger();

    /// What came by the connection with this descriptor was said by a host of ours, so it has been let in.
    void on_let_in(int fd);

    /// Ends the oldest of too many connections. Whose message has been received is not among them.
    void end_surplus();

    /// So many more may, since there are more hosts.
    void expect_more(std::size_t unfinished);

    /// What to poll.
    [[nodiscard]] const Socket& events() const { return events_; }

    /// Nothing more is noticed.
    void end(const Router& router) { end_monitor(router); }

private:
    /// Somebody who has connected.
    struct Caller {
        std::string address;
        std::uint16_t port = 0;
        std::uint64_t number = 0;  ///< in the order in which they came
    };
    /// One event of libzmq's monitor (zmq_socket_monitor(3)): its number and value.
    struct Event {
        unsigned number = 0;
        int value = 0;
    };

    GateWatch(Socket events, std::size_t unfinished_max, base::UniqueFd nothing, base::UniqueFd spare);
    void take_events();
    [[nodiscard]] std::optional<Event> try_take_event();
    void on_accepted(int fd);
    void on_end(int fd);
    /// Whether the end of this connection shows that it was a stranger's.
    [[nodiscard]] bool is_strange_end();
    void end_oldest();
    [[nodiscard]] static std::optional<Caller> caller_at(int fd);

    Socket events_;
    enum class Failed { no, unfinished, against_the_protocol };
    Failed last_failed_ = Failed::no;         // of the connection whose end is told next
    std::map<int, Caller> open_;              // connections, by descriptor
    std::map<std::uint64_t, int> undecided_;  // those of them that have not been let in yet, by their callers' numbers
    std::size_t undecided_max_;
    std::uint64_t callers_ = 0;
    std::optional<std::string> stranger_;
    std::size_t unfinished_max_;
    std::size_t unfinished_ = 0;
    std::size_t let_in_ = 0;
    std::size_t ended_without_failure_ = 0;
    base::UniqueFd nothing_;  // a descriptor without meaning
    base::UniqueFd spare_;    // the same until one is needed, when there may be no other left
};

}  // namespace scoop::transport
