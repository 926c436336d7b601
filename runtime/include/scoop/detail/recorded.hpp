// Calls of the root's program whose results a journal keeps (scoop-run --journal), as the templates see it. Without a
// journal records_calls() is false and nothing else of this is used. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "scoop/archive.hpp"

namespace scoop::detail {

/// The name of one call in the journal.
struct CallKey {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    /// False: this call is not recorded.
    [[nodiscard]] explicit operator bool() const { return low != 0 || high != 0; }
};

/// Whether calls made here are recorded: there is a journal, and this is the program and no task of it.
[[nodiscard]] bool records_calls() noexcept;
/// Of a call that is made now; `arguments` as written for a digest. Each call is named once.
[[nodiscard]] CallKey name_call(std::uint64_t function, std::string_view name, std::string_view arguments);
/// The bytes of the result that an earlier run has recorded.
[[nodiscard]] std::optional<std::string> find_recorded(const CallKey& key);
/// The compute thread may wait here for the disk.
void record_result(const CallKey& key, std::string_view bytes) noexcept;
/// Calls `work` soon on the journal's thread, so that results are recorded which the program has not asked for yet.
void call_on_journal_thread(std::function<void()> work) noexcept;

/// A value that cannot be written is not recorded: whoever asks for it has it all the same.
template <class T>
void record_value(const CallKey& key, const T& value) noexcept {
    try {
        std::string bytes;
        serialize_into(bytes, value, SharedAs::value);
        record_result(key, bytes);
    } catch (...) {
    }
}

/// The key of a call whose arguments `write(archive)` writes; none when they cannot be written, or say too little.
template <class Write>
[[nodiscard]] CallKey key_of_call(std::uint64_t function, std::string_view name, std::string& room, Write write) {
    room.clear();
    try {
        StringSink sink(room);
        OutputArchive archive(sink, SharedAs::digest);
        write(archive);
    } catch (...) {
        return {};
    }
    return name_call(function, name, room);
}

}  // namespace scoop::detail
