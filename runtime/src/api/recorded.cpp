// The functions behind recorded calls: see scoop/detail/recorded.hpp.
#include "scoop/detail/recorded.hpp"

#include <new>
#include <utility>

#include "api/runtime.hpp"
#include "base/digest.hpp"
#include "worker/compute.hpp"
#include "worker/journal.hpp"

namespace scoop::detail {

namespace {

using worker::Compute;
using worker::Journal;

Journal* current_journal() noexcept {
    const auto* const runtime = api::current_runtime();
    return runtime == nullptr ? nullptr : runtime->journal.get();
}

base::Digest digest_of(const CallKey& key) { return {key.low, key.high}; }

}  // namespace

bool records_calls() noexcept { return current_journal() != nullptr && Compute::current() == nullptr; }

CallKey name_call(std::uint64_t function, std::string_view name, std::string_view arguments) {
    Journal* const journal = current_journal();
    if (journal == nullptr) return {};
    const base::Digest key = journal->name_call(function, name, arguments);
    return {key.low, key.high};
}

std::optional<std::string> find_recorded(const CallKey& key) {
    Journal* const journal = current_journal();
    return journal == nullptr ? std::nullopt : journal->find(digest_of(key));
}

// Without memory for it, it is not recorded; the results themselves are where they were.
void record_result(const CallKey& key, std::string_view bytes) noexcept try {
    // The comm thread must never wait; the program and the journal's thread record what has been received already.
    const auto when_full = Compute::current() != nullptr ? Journal::WhenFull::wait : Journal::WhenFull::go_on;
    if (Journal* const journal = current_journal()) journal->record(digest_of(key), bytes, when_full);
} catch (const std::bad_alloc&) {
}

void call_on_journal_thread(std::function<void()> work) noexcept try {
    if (Journal* const journal = current_journal()) journal->call_soon(std::move(work));
} catch (const std::bad_alloc&) {
}

std::pair<std::uint64_t, std::uint64_t> digest_of_bytes(std::string_view bytes) {
    const base::Digest digest = base::digest_of(bytes);
    return {digest.low, digest.high};
}

}  // namespace scoop::detail
