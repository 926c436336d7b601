#include "protocol/start_text.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

#include "base/token.hpp"

namespace scoop::protocol {

namespace {

constexpr std::string_view start_version = "scoop1";
constexpr std::size_t key_size = 40;

// Z85 has characters that launchers might take for their own.
std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(hex.data() + at, hex.data() + at + 2, byte, 16);
        if (error != std::errc() || end != hex.data() + at + 2) return {};
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

std::string_view take_until(std::string_view& text, char separator) {
    const auto end = std::min(text.find(separator), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return word;
}

bool read_number(std::string_view text, std::uint16_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

tl::unexpected<base::Failure> unreadable() {
    return base::failure("read where the others of this start are to connect to", "it is none of this version of scoop",
                         "start the same program everywhere");
}

}  // namespace

std::string to_text(const StartText& start) {
    std::string text = std::string(start_version) + ":" +
                       to_hex(start.keys.server_public + start.keys.public_key + start.keys.secret_key) + ":" +
                       std::to_string(start.port) + ":";
    const std::size_t begin = text.size();
    for (const auto& address : start.addresses) {
        if (text.size() + 1 + address.size() > start_text_max) break;
        text += (text.size() == begin ? "" : ",") + address;
    }
    return text;
}

base::Result<StartText> parse_start_text(std::string_view text) {
    StartText start;
    const bool is_ours = take_until(text, ':') == start_version;
    const std::string keys = from_hex(take_until(text, ':'));
    if (!is_ours || keys.size() != 3 * key_size || !read_number(take_until(text, ':'), start.port) || text.empty())
        return unreadable();
    start.keys = {keys.substr(0, key_size), keys.substr(key_size, key_size), keys.substr(2 * key_size)};
    while (!text.empty()) start.addresses.emplace_back(take_until(text, ','));
    return start;
}

std::string to_text(const CallText& call) { return to_text(call.start) + " " + call.token; }

base::Result<CallText> parse_call_text(std::string_view text) {
    auto start = parse_start_text(take_until(text, ' '));
    if (!start) return tl::unexpected(std::move(start.error()));
    if (text.size() != base::token_size) return unreadable();
    return CallText{std::move(*start), std::string(text)};
}

}  // namespace scoop::protocol
