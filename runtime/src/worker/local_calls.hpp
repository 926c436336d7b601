// LocalCalls: tasks that run on one certain worker and nowhere else; brokers pass them on as mail, unseen. Any thread.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "protocol/messages.hpp"
#include "scoop/detail/block.hpp"
#include "worker/mail.hpp"

namespace scoop::worker {

class LocalCalls {
public:
    /// `mail` outlives this.
    explicit LocalCalls(Mail& mail);

    /// Created → running there, or in this process's own queue; WorkerLost is its outcome if that worker is down. Throws
    /// what serialization throws.
    void call(detail::Block& block, base::Rank rank);

private:
    struct Pending {
        detail::Block* block;
        base::Rank rank;
    };
    void on_call(base::Rank from, std::string_view content, protocol::Bytes&& arguments);
    void on_called(base::Rank from, std::string_view content, protocol::Bytes&& payload);
    void on_down(const protocol::RanksDown& down);
    static void fail(const Pending& call, protocol::Ending ending);

    Mail& mail_;
    std::mutex mutex_;
    std::uint64_t next_number_ = 0;
    std::unordered_map<std::uint64_t, Pending> pending_;
    std::unordered_map<base::Rank, protocol::Ending> down_;
};

}  // namespace scoop::worker
