#include "worker/journal_format.hpp"

#include <utility>

#include "base/assert.hpp"
#include "protocol/wire.hpp"

namespace scoop::worker {

namespace {

using protocol::get_integer;

// The first byte is no text, and the last one tells of programs that convert line ends.
constexpr std::string_view magic{"\x89scoopj\n", 8};
constexpr std::uint32_t version = 1;
constexpr std::size_t head_bytes = magic.size() + 4 + 4;
constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t digest_bytes = 16;
constexpr std::size_t record_head_bytes = 4 + checksum_bytes + digest_bytes;

template <class T>
void append_integer(std::string& bytes, T value) {
    char wire[sizeof value];
    protocol::put_integer(wire, value);
    bytes.append(wire, sizeof wire);
}

void append_digest(std::string& bytes, const base::Digest& digest) {
    append_integer(bytes, digest.low);
    append_integer(bytes, digest.high);
}

base::Digest digest_at(const char* bytes) {
    return {get_integer<std::uint64_t>(bytes), get_integer<std::uint64_t>(bytes + 8)};
}

std::string content_of(const JournalOwner& owner) {
    std::string content;
    append_digest(content, owner.program);
    for (const std::string& argument : owner.arguments) {
        append_integer(content, static_cast<std::uint32_t>(argument.size()));
        content += argument;
    }
    return content;
}

// Its checksum has been looked at, so what does not fit was not written by us.
base::Result<JournalOwner> owner_of(std::string_view content) {
    const auto impossible = [] { return base::failure("read its header", "it makes no sense"); };
    if (content.size() < digest_bytes) return impossible();
    JournalOwner owner{digest_at(content.data()), {}};
    content.remove_prefix(digest_bytes);
    while (!content.empty()) {
        if (content.size() < 4) return impossible();
        const auto size = get_integer<std::uint32_t>(content.data());
        content.remove_prefix(4);
        if (size > content.size()) return impossible();
        owner.arguments.emplace_back(content.substr(0, size));
        content.remove_prefix(size);
    }
    return owner;
}

}  // namespace

std::string encode_journal_header(const JournalOwner& owner) {
    const std::string content = content_of(owner);
    SCOOP_ASSERT(content.size() <= journal_header_bytes_max);
    std::string bytes(magic);
    append_integer(bytes, version);
    append_integer(bytes, static_cast<std::uint32_t>(content.size()));
    bytes += content;
    append_integer(bytes, base::checksum_of(bytes));
    return bytes;
}

void append_journal_record(std::string& bytes, const base::Digest& key, std::string_view result) {
    SCOOP_ASSERT(result.size() <= journal_result_bytes_max);
    const auto size = static_cast<std::uint32_t>(result.size());
    append_integer(bytes, size);
    const std::size_t checksum_at = bytes.size();
    bytes.append(checksum_bytes, '\0');
    append_digest(bytes, key);
    bytes += result;
    const auto covered = std::string_view(bytes).substr(checksum_at + checksum_bytes);
    protocol::put_integer(bytes.data() + checksum_at, base::checksum_of(covered, size));
}

base::Result<JournalHeader> read_journal_header(std::string_view file) {
    if (!file.starts_with(magic.substr(0, file.size())))
        return base::failure("read its header", "it is no journal of scoop's");
    if (file.size() < head_bytes) return JournalHeader{};
    const auto written_version = get_integer<std::uint32_t>(file.data() + magic.size());
    const auto content_size = get_integer<std::uint32_t>(file.data() + magic.size() + 4);
    if (written_version != version)
        return base::failure("read its header", "it is of version " + std::to_string(written_version) +
                                                    " and this program writes version " + std::to_string(version));
    if (content_size > journal_header_bytes_max) return base::failure("read its header", "it is damaged");
    const std::size_t covered = head_bytes + content_size;
    if (file.size() < covered + checksum_bytes) return JournalHeader{};
    if (get_integer<std::uint64_t>(file.data() + covered) != base::checksum_of(file.substr(0, covered)))
        return base::failure("read its header", "it is damaged");
    auto owner = owner_of(file.substr(head_bytes, content_size));
    if (!owner) return tl::unexpected(std::move(owner.error()));
    return JournalHeader{std::move(*owner), covered + checksum_bytes};
}

std::size_t read_journal_records(std::string_view file, std::size_t begin,
                                 const std::function<void(const JournalRecord&)>& visit) {
    std::size_t position = begin;
    while (file.size() - position >= record_head_bytes) {
        const char* const head = file.data() + position;
        const auto size = get_integer<std::uint32_t>(head);
        if (size > journal_result_bytes_max || size > file.size() - position - record_head_bytes) break;
        const auto covered = file.substr(position + 4 + checksum_bytes, digest_bytes + size);
        if (get_integer<std::uint64_t>(head + 4) != base::checksum_of(covered, size)) break;
        visit({digest_at(covered.data()), position + record_head_bytes, size});
        position += record_head_bytes + size;
    }
    return position;
}

}  // namespace scoop::worker
