// Lifelines: the connections by which rank 0 and the other copies of a program learn of each other's end, where another
// launcher has started them. TCP; the kernels keep it alive, so that a process that stands still is not taken for dead
// and a host that has vanished is. Nothing secret goes over it: who knows the one-time token of a rank is that rank.
//
// Up to wait_ready() for the program's main thread; from watch() to close() a thread of its own looks after them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/ids.hpp"
#include "base/unique_fd.hpp"
#include "base/wakeup.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

class Lifelines {
public:
    Lifelines() = default;
    ~Lifelines() { close(); }
    Lifelines(const Lifelines&) = delete;
    Lifelines& operator=(const Lifelines&) = delete;

    /// Listens for the ranks from 1 to `size`-1.
    [[nodiscard]] base::Result<void> open(std::uint32_t size);
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& token_of(base::Rank rank) const { return tokens_[rank]; }

    /// Waits until all have said that they are ready and `is_own_part_ready`, asked whenever `own_events` is readable,
    /// says so, too.
    [[nodiscard]] base::Result<void> wait_ready(int own_events,
                                                const std::function<base::Result<bool>()>& is_own_part_ready,
                                                base::TimePoint deadline);
    /// Calls `on_end`, on another thread, when one of them ends, or, with rank 0, the process that started this one;
    /// and never again.
    [[nodiscard]] base::Result<void> watch(std::function<void(base::Rank)> on_end);
    /// Ends all. Nothing is told any more.
    void close();

private:
    struct Line {
        base::UniqueFd fd;
        base::Rank rank = 0;  ///< 0: it has not said its token yet
        std::string token;
        control::FrameReader frames;
        bool is_ready = false;
    };
    void accept_all();
    [[nodiscard]] base::Result<void> read(Line& line);
    void identify(Line& line);
    [[nodiscard]] std::string missing() const;
    void run();

    std::vector<std::string> tokens_;  ///< by rank; empty: used
    base::UniqueFd listener_;
    std::uint16_t port_ = 0;
    std::vector<std::unique_ptr<Line>> lines_;
    std::function<void(base::Rank)> on_end_;
    base::UniqueFd parent_;
    base::Wakeup must_end_;
    std::thread thread_;
};

/// The other end: connects to rank 0 and says who we are.
[[nodiscard]] base::Result<base::UniqueFd> connect_lifeline(const std::string& address, std::uint16_t port,
                                                            const std::string& token, base::TimePoint deadline);
/// Writes a few bytes to it, which are sure to have room.
void tell_on_lifeline(int fd, control::FrameType type, const std::string& payload = {});

/// "ranks 3, 5 and 17 more"; for messages.
[[nodiscard]] std::string list_ranks(const std::vector<base::Rank>& ranks);

}  // namespace scoop::node
