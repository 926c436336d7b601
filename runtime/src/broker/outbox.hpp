// Outbox: what a broker has to say to one destination, gathered over a turn into as few messages as possible.
//
// Tasks, Steal, Request and Dry keep their order: Tasks take an earlier Steal back, and not a later one. Cancel comes
// after the Tasks it speaks of, and Results after a Post from the same worker. Otherwise Results and Lost join what is
// there. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "protocol/messages.hpp"

namespace scoop::broker {

class Outbox {
public:
    void add(protocol::Message message);
    void add_task(protocol::TaskItem item);
    void add_result(protocol::ResultItem item);
    void add_lost(const base::TaskId& id, const protocol::Loss& loss);
    void add_cancel(const base::TaskId& id);

    [[nodiscard]] bool empty() const { return messages_.empty(); }
    void clear();
    /// Everything so far, in the order of sending; each within batch_items_max and batch_bytes_max, single items apart.
    [[nodiscard]] std::vector<protocol::Message> take();

private:
    /// The message that takes further items of one kind.
    struct Batch {
        std::size_t position = 0;  ///< in messages_
        std::size_t bytes = 0;
        bool is_open = false;
    };
    template <class List>
    List& room_for(Batch& batch, std::size_t bytes);

    std::vector<protocol::Message> messages_;
    Batch tasks_;
    Batch results_;
    Batch lost_;
    Batch cancel_;
};

}  // namespace scoop::broker
