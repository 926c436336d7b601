// Roster: the hosts of the job and their ranks, those that have joined since it began included. Who left or was lost
// stays in it: its ranks are nobody else's. Any thread, once connected.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "protocol/control.hpp"
#include "protocol/messages.hpp"
#include "worker/mail.hpp"

namespace scoop::worker {

class Roster {
public:
    /// `mail`, by which it hears of hosts that join, outlives this.
    explicit Roster(Mail& mail);
    /// The hosts that there are when this process begins. Before any other call.
    void connect(const std::vector<control::HostEntry>& hosts);

    /// Of the hosts with workers, in the order in which they came.
    [[nodiscard]] std::vector<std::string> host_names() const;
    /// Nothing if there is no such rank.
    [[nodiscard]] std::optional<std::string> host_of(base::Rank rank) const;
    /// Ascending.
    [[nodiscard]] std::vector<base::Rank> ranks() const;
    /// One more than the highest.
    [[nodiscard]] base::Rank rank_end() const;

private:
    void add(const protocol::HostJoined& joined);

    mutable std::mutex mutex_;
    std::vector<control::HostEntry> hosts_;  // by number
};

}  // namespace scoop::worker
