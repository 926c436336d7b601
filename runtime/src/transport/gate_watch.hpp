// GateWatch: notices those who connect to a TCP Router and are not let in, from what libzmq tells of its connections.
//
// Made, used and destroyed by the Router's owner, on its thread: poll it, and call `try_take_stranger` when it is
// readable. To be ended before it is destroyed, unless the Router was closed. Clients that know the server's key are
// the ClientGate's to tell of; all others never get as far as its question.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/failure.hpp"
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

    /// What to poll.
    [[nodiscard]] const Socket& events() const { return events_; }

    /// Nothing more is noticed.
    void end(const Router& router) { end_monitor(router); }

private:
    GateWatch(Socket events, std::size_t unfinished_max)
        : events_(std::move(events)), unfinished_max_(unfinished_max) {}
    /// One event of libzmq's monitor (zmq_socket_monitor(3)): its number and value.
    struct Event {
        unsigned number = 0;
        int value = 0;
    };
    [[nodiscard]] std::optional<Event> try_take_event();
    /// Whether the end of this connection shows that it was a stranger's.
    [[nodiscard]] bool is_strange_end();

    Socket events_;
    enum class Failed { no, unfinished, against_the_protocol };
    Failed last_failed_ = Failed::no;       // of the connection whose end is told next
    std::map<int, std::string> addresses_;  // of open connections, by descriptor
    std::size_t unfinished_max_;
    std::size_t unfinished_ = 0;
    std::size_t let_in_ = 0;
    std::size_t ended_without_failure_ = 0;
};

}  // namespace scoop::transport
