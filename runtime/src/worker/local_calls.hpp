// LocalCalls: tasks that run on one certain worker and nowhere else; brokers pass them on as mail, unseen. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "protocol/messages.hpp"
#include "scoop/detail/block.hpp"
#include "worker/export_table.hpp"
#include "worker/mail.hpp"

namespace scoop::worker {

class LocalCalls {
public:
    /// `mail` outlives this.
    explicit LocalCalls(Mail& mail);

    /// Created → running there, or in this process's own queue; to the replacement of a worker that has one.
    /// WorkerLost is its outcome if the worker dies meanwhile, or is down for good. Throws
    /// what serialization throws.
    void call(detail::Block& block, base::Rank rank);
    /// The calls that have not been answered.
    [[nodiscard]] std::vector<SentBlock> unanswered() const;

private:
    struct Letter {
        std::string content;
        protocol::Bytes arguments;
    };
    struct Pending {
        detail::Block* block;  ///< not freed before it is taken out of here
        base::Rank rank;
        std::optional<Letter> unsent;  ///< until the replacement of its worker is there
    };
    void on_call(base::Rank from, std::string_view content, protocol::Bytes&& arguments);
    void on_called(base::Rank from, std::string_view content, protocol::Bytes&& payload);
    void on_down(const protocol::RanksDown& down);
    void on_up(base::Rank rank);
    void send(base::Rank rank, Letter&& call);
    static void fail(const Pending& call, protocol::Ending ending);

    Mail& mail_;
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, Pending> pending_;
    struct Down {
        protocol::Ending ending;
        bool returns;
    };
    std::unordered_map<base::Rank, Down> down_;
};

}  // namespace scoop::worker
