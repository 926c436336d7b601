#include "protocol/payload.hpp"

#include <algorithm>
#include <cmath>

namespace scoop::control {

namespace {

using nlohmann::json;

// A hostile JSON text of n bytes becomes a tree of up to about 20 n bytes, so it gets a limit of its own.
constexpr std::size_t json_size_max = 4u << 20;
constexpr int json_depth_max = 8;
constexpr std::size_t job_ranks_max = 1u << 20;
constexpr double seconds_max = 1e9;

// Ranks travel as runs [first, count]: the description of 1000 hosts of 64 ranks goes to every host.
json ranks_to_json(const std::vector<base::Rank>& ranks) {
    json runs = json::array();
    for (std::size_t first = 0; first < ranks.size();) {
        std::size_t end = first + 1;
        while (end < ranks.size() && ranks[end] == ranks[end - 1] + 1) ++end;
        json run = json::array();
        run.push_back(ranks[first]);
        run.push_back(end - first);
        runs.push_back(std::move(run));
        first = end;
    }
    return runs;
}

}  // namespace

void append_u32(std::string& bytes, std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((value >> shift) & 0xff);
}

std::uint32_t u32_at(std::string_view bytes, std::size_t position) {
    std::uint32_t value = 0;
    for (std::size_t k = 0; k < 4; ++k)
        value |= std::uint32_t{static_cast<unsigned char>(bytes[position + k])} << (8 * k);
    return value;
}

void append_string(std::string& bytes, std::string_view text) {
    append_u32(bytes, static_cast<std::uint32_t>(text.size()));
    bytes += text;
}

void append_strings(std::string& bytes, const std::vector<std::string>& texts) {
    for (const auto& text : texts) append_string(bytes, text);
}

std::string begin_payload(const json& fields) {
    std::string bytes;
    append_string(bytes, fields.dump(-1, ' ', false, json::error_handler_t::replace));
    return bytes;
}

json hosts_to_json(const std::vector<HostEntry>& hosts) {
    json entries = json::array();
    for (const auto& host : hosts)
        entries.push_back({{"name", host.name}, {"ranks", ranks_to_json(host.ranks)}, {"tags", host.tags}});
    return entries;
}

std::uint8_t PayloadReader::u8(const char* field) {
    return has(1, field) ? static_cast<std::uint8_t>(take(1)[0]) : std::uint8_t{0};
}

std::uint32_t PayloadReader::u32(const char* field) { return has(4, field) ? u32_at(take(4), 0) : 0; }

std::string PayloadReader::string(const char* field) {
    const std::uint32_t size = u32(field);
    return has(size, field) ? std::string(take(size)) : std::string();
}

std::string PayloadReader::c_string(const char* field) {
    std::string text = string(field);
    require(text.find('\0') == std::string::npos, field);
    return text;
}

std::vector<std::string> PayloadReader::c_strings(const char* field) {
    const auto count = integer<std::uint32_t>(field);
    std::vector<std::string> texts;
    // Every string takes at least its length, so a false count ends with the bytes and nothing is reserved for it.
    while (texts.size() < count && bad_field_ == nullptr) texts.push_back(c_string(field));
    return texts;
}

std::string PayloadReader::all_the_rest() { return std::string(take(rest_.size())); }

void PayloadReader::begin_json() {
    const std::string text = string("JSON");
    require(text.size() <= json_size_max, "JSON");
    if (bad_field_ != nullptr) return;
    bool is_too_deep = false;
    fields_ = json::parse(
        text,
        [&](int depth, json::parse_event_t, json&) {
            is_too_deep = is_too_deep || depth > json_depth_max;
            return !is_too_deep;
        },
        /*allow_exceptions=*/false);
    require(!is_too_deep && fields_.is_object(), "JSON");
}

bool PayloadReader::boolean(const char* field) {
    const json* value = member(fields_, field);
    const bool is_possible = value != nullptr && value->is_boolean();
    require(is_possible, field);
    return is_possible && value->get<bool>();
}

double PayloadReader::seconds(const char* field) {
    const json* value = member(fields_, field);
    const double number = value != nullptr && value->is_number() ? value->get<double>() : -1;
    require(std::isfinite(number) && number >= 0 && number <= seconds_max, field);
    return number;
}

std::string PayloadReader::text(const char* field) { return text_of(member(fields_, field), field); }

std::vector<std::string> PayloadReader::texts(const char* field) {
    std::vector<std::string> result;
    for (const json& element : array_of(member(fields_, field), field)) result.push_back(text_of(&element, field));
    return result;
}

std::vector<HostEntry> PayloadReader::hosts(const char* field) {
    std::vector<HostEntry> result;
    std::vector<base::Rank> all;
    for (const json& element : array_of(member(fields_, field), field)) {
        HostEntry host{text_of(member(element, "name"), field), {}};
        read_ranks(array_of(member(element, "ranks"), field), field, host.ranks, all);
        for (const json& tag : array_of(member(element, "tags"), field)) host.tags.push_back(text_of(&tag, field));
        result.push_back(std::move(host));
    }
    std::sort(all.begin(), all.end());
    require(std::adjacent_find(all.begin(), all.end()) == all.end(), field);
    return result;
}

void PayloadReader::read_ranks(const json& runs, const char* field, std::vector<base::Rank>& host,
                               std::vector<base::Rank>& all) {
    for (const json& run : runs) {
        const bool is_pair = run.is_array() && run.size() == 2;
        const auto first = integer_up_to(std::numeric_limits<base::Rank>::max(), is_pair ? &run[0] : nullptr, field);
        const auto count = integer_up_to(job_ranks_max - all.size(), is_pair ? &run[1] : nullptr, field);
        require(first + count <= std::numeric_limits<base::Rank>::max(), field);
        if (bad_field_ != nullptr) return;
        for (std::uint64_t rank = first; rank < first + count; ++rank) {
            host.push_back(static_cast<base::Rank>(rank));
            all.push_back(static_cast<base::Rank>(rank));
        }
    }
}

void PayloadReader::require(bool condition, const char* field) {
    if (!condition && bad_field_ == nullptr) bad_field_ = field;
}

bool PayloadReader::has(std::size_t size, const char* field) {
    require(rest_.size() >= size, field);
    return bad_field_ == nullptr;
}

std::string_view PayloadReader::take(std::size_t size) {
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
}

const json* PayloadReader::member(const json& object, const char* field) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(field);
    return found == object.end() ? nullptr : &*found;
}

std::uint64_t PayloadReader::integer_up_to(std::uint64_t largest, const json* value, const char* field) {
    const bool is_possible = value != nullptr && value->is_number_unsigned() && value->get<std::uint64_t>() <= largest;
    require(is_possible, field);
    return is_possible ? value->get<std::uint64_t>() : 0;
}

std::string PayloadReader::text_of(const json* value, const char* field) {
    const bool is_possible = value != nullptr && value->is_string();
    require(is_possible, field);
    return is_possible ? value->get<std::string>() : std::string();
}

const json& PayloadReader::array_of(const json* value, const char* field) {
    static const json empty = json::array();
    const bool is_possible = value != nullptr && value->is_array();
    require(is_possible, field);
    return is_possible ? *value : empty;
}

}  // namespace scoop::control
