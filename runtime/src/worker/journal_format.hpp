// The file of a journal, as bytes: a header that says whose results these are, then one record after the other.
//
//   header   magic, 8 bytes | version u32 | size of the content u32 | content | checksum of all before u64
//            content: digest of the program, 16 bytes | for each argument its size u32 and its bytes
//   record   size of the result u32 | checksum of the rest, seeded with the size u64 | key, 16 bytes | result
//
// Numbers are little-endian. What is cut off or changed at any byte ends the records: those before it are whole.
// Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/failure.hpp"

namespace scoop::worker {

inline constexpr std::size_t journal_header_bytes_max = std::size_t{4} << 20;
/// Of one result; a larger one is not recorded.
inline constexpr std::size_t journal_result_bytes_max = std::size_t{1} << 30;

/// Whose results they are.
struct JournalOwner {
    base::Digest program;
    std::vector<std::string> arguments;  ///< of the command line, without the program's name
    friend bool operator==(const JournalOwner&, const JournalOwner&) = default;
};

[[nodiscard]] std::string encode_journal_header(const JournalOwner& owner);
/// Appends one record; `result` is no longer than allowed.
void append_journal_record(std::string& bytes, const base::Digest& key, std::string_view result);

struct JournalHeader {
    JournalOwner owner;
    std::size_t size =
        0;  ///< where the records begin; 0: the bytes end before the header does, so nothing was recorded
};
/// The header at the beginning of a file. Fails, with a reason, on a file that is none of ours or whose header is
/// damaged.
[[nodiscard]] base::Result<JournalHeader> read_journal_header(std::string_view file);

struct JournalRecord {
    base::Digest key;
    std::size_t offset = 0;  ///< of the result in the file
    std::size_t size = 0;
};
/// Calls `visit` for each whole record of the file from byte `begin` on; where the last one ends.
[[nodiscard]] std::size_t read_journal_records(std::string_view file, std::size_t begin,
                                               const std::function<void(const JournalRecord&)>& visit);

}  // namespace scoop::worker
