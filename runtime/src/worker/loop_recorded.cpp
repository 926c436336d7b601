// Loops whose elements a journal keeps: what it has is not run again, and what arrives is recorded at once.
#include <memory>
#include <optional>
#include <utility>

#include "scoop/detail/loop.hpp"
#include "scoop/detail/task.hpp"

namespace scoop::detail {

void Loop::start_all() {
    if (!records_calls()) return start(0, count_);
    keys_.resize(count_);
    std::string room;
    // Elements [begin, i) are all recorded, or all are not.
    std::size_t begin = 0;
    bool are_recorded = false;
    const auto end_run = [&](std::size_t end) {
        if (begin == end) return;
        if (are_recorded) {
            publish(begin, end, this_rank());
        } else {
            start(begin, end);
        }
        begin = end;
    };
    for (std::size_t i = 0; i < count_; ++i) {
        const bool is_recorded = restore_recorded(i, room);
        if (is_recorded != are_recorded) end_run(i);
        are_recorded = is_recorded;
    }
    end_run(count_);
}

// Also gives the element its key.
bool Loop::restore_recorded(std::size_t i, std::string& room) {
    const CallKey key =
        key_of_call(entry_.hash, {}, room, [&](OutputArchive& archive) { write_arguments(archive, i, i + 1); });
    if (!key) return false;
    const std::optional<std::string> recorded = find_recorded(key);
    if (recorded && restore(i, *recorded)) return true;
    keys_[i] = key;
    return false;
}

void Loop::on_answer(Arrival arrival) {
    arrive(std::move(arrival));
    // The program may be busy for a long time before it asks.
    if (keys() != nullptr)
        call_on_journal_thread([loop = weak_from_this()] {
            if (const auto alive = loop.lock()) (void)alive->decode_arrivals();
        });
}

}  // namespace scoop::detail
