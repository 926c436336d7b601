// OutputCredit: how many more bytes of its output each worker may send. Pure; one thread.
//
// What a stream may have under way is bounded, and bytes that are written make room for others. Bytes of an unfinished
// line do so at once, for a line may be longer than that bound and would never end; but not while lines before it wait
// for a slow reader. So of each stream we hold no more than its credit and one longest line.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "base/line_merger.hpp"

namespace scoop::launcher {

class OutputCredit {
public:
    /// Bytes have come, were given to whoever writes them, are written; each byte passes through all three.
    void on_received(const base::Source& source, std::size_t bytes);
    void on_queued(const base::Source& source, std::size_t bytes);
    void on_written(const base::Source& source, std::size_t bytes);

    /// What may come besides since the last call, by stream.
    [[nodiscard]] std::map<base::Source, std::uint32_t> take();

private:
    struct Account {  ///< bytes since the beginning
        std::uint64_t received = 0;
        std::uint64_t queued = 0;
        std::uint64_t written = 0;
        std::uint64_t credited = 0;
    };
    Account& change(const base::Source& source);

    std::map<base::Source, Account> accounts_;
    std::set<base::Source> changed_;  ///< since the last take
};

}  // namespace scoop::launcher
