// PeerList: some of the peers of a broker in the order in which they joined the list; everything but
// members() in constant time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace scoop::broker {

/// A peer's place in the broker's table.
using PeerIndex = std::uint32_t;

class PeerList {
public:
    /// For peers 0 to `peer_count` - 1; empty. The links form a ring through one extra element, the list's ends.
    explicit PeerList(std::size_t peer_count) : links_(peer_count + 1), ends_(static_cast<PeerIndex>(peer_count)) {
        for (PeerIndex i = 0; i <= ends_; ++i) links_[i] = {i, i};
    }
    /// Room for one more, whose number is the count until now; not in the list.
    void add_peer() {
        const PeerIndex peer = ends_++;
        links_.push_back(links_[peer]);  // the ends move up
        if (empty()) links_[ends_] = {ends_, ends_};
        links_[links_[ends_].previous].next = links_[links_[ends_].next].previous = ends_;
        links_[peer] = {peer, peer};
    }
    [[nodiscard]] bool empty() const { return size_ == 0; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] PeerIndex front() const { return links_[ends_].next; }
    [[nodiscard]] bool contains(PeerIndex peer) const { return links_[peer].next != peer; }

    /// All of them, in their order.
    [[nodiscard]] std::vector<PeerIndex> members() const {
        std::vector<PeerIndex> members;
        for (PeerIndex i = front(); i != ends_; i = links_[i].next) members.push_back(i);
        return members;
    }

    /// Puts `peer` at the end or takes it out; nothing if it is there, or not there, already.
    void set_member(PeerIndex peer, bool is_member) {
        if (is_member == contains(peer)) return;
        if (is_member) {
            links_[peer] = {links_[ends_].previous, ends_};
            links_[links_[peer].previous].next = peer;
            links_[ends_].previous = peer;
            ++size_;
        } else {
            links_[links_[peer].previous].next = links_[peer].next;
            links_[links_[peer].next].previous = links_[peer].previous;
            links_[peer] = {peer, peer};
            --size_;
        }
    }

private:
    struct Neighbours {
        PeerIndex previous, next;
    };
    std::vector<Neighbours> links_;
    PeerIndex ends_;
    std::size_t size_ = 0;
};

}  // namespace scoop::broker
