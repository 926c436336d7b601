// The part of Comm by which owners learn which of their tasks run elsewhere: Future::running(). Nobody asks a clock for
// it when a task starts: whoever has tasks of others looks every few hundredths of a second which of them are running
// by now, and tells their owners once. A task that has ended before is never told about.
#include <algorithm>
#include <map>
#include <utility>

#include "scoop/archive.hpp"
#include "worker/comm.hpp"
#include "worker/mail.hpp"

namespace scoop::worker {

namespace {

constexpr std::chrono::milliseconds look_interval{20};

bool is_running(detail::TaskRef task) {
    const std::uint64_t word = task.block->word.load(std::memory_order_acquire);
    return detail::generation_of(word) == task.generation && detail::state_of(word) == detail::TaskState::running;
}

}  // namespace

// The poll of the comm thread lasts until then at the most.
std::optional<std::chrono::milliseconds> Comm::time_to_look() {
    if (!next_look_ && !next_copies_) return std::nullopt;
    const auto next =
        std::min(next_look_.value_or(base::TimePoint::max()), next_copies_.value_or(base::TimePoint::max()));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - base::Clock::now());
    return std::max(left, std::chrono::milliseconds(0));
}

void Comm::do_what_is_due() {
    const auto now = base::Clock::now();
    if (next_look_ && *next_look_ <= now) tell_started();
    if (next_copies_ && *next_copies_ <= now) send_copies();
}

void Comm::look_later() {
    if (!next_look_) next_look_ = base::Clock::now() + look_interval;
}

// As long as there are tasks of which it is not known that they run.
void Comm::tell_started() {
    next_look_.reset();
    std::map<base::Rank, std::vector<base::TaskId>> started;
    for (auto& [id, here] : remote_) {
        if (here.is_told) continue;
        here.is_told = is_running(here.task);
        if (here.is_told) {
            started[id.owner].push_back(id);
        } else {
            look_later();
        }
    }
    for (const auto& [owner, ids] : started) {
        std::string content;
        detail::serialize_into(content, ids);
        if (owner == config_.rank) {
            on_started(owner, content);
        } else {
            send(protocol::Post{owner, config_.rank, static_cast<std::uint8_t>(Subject::started), std::move(content)});
        }
    }
}

// What was answered, lost or cancelled meanwhile is not known any more.
void Comm::on_started(base::Rank executor, const std::string& content) {
    for (const auto& id : detail::deserialize_from<std::vector<base::TaskId>>(content)) {
        exported_.note_started(id, executor);
        stragglers_.on_started(id);
    }
}

}  // namespace scoop::worker
