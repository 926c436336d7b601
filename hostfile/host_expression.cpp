#include "hostfile/host_expression.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "hostfile/host.hpp"
#include "hostfile/name_pattern.hpp"

namespace scoop::hostfile {

namespace {

/// `error` of a part that begins at `offset` of the text.
tl::unexpected<TextError> shifted(TextError error, std::size_t offset) {
    error.position += offset;
    return tl::unexpected<TextError>(std::move(error));
}

/// Only the address itself is looked at closely: a zone ("%eth0") is the business of whoever resolves it.
bool is_ipv6_address(std::string_view text) {
    const std::size_t percent = text.find('%');
    const std::string address(text.substr(0, percent));
    in6_addr ignored{};
    if (::inet_pton(AF_INET6, address.c_str(), &ignored) != 1) return false;
    if (percent == std::string_view::npos) return true;
    const std::string_view zone = text.substr(percent + 1);
    return !zone.empty() && std::all_of(zone.begin(), zone.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
    });
}

/// The length of the address in brackets at the front of `text`, brackets included; 0 if there is none. What tells it
/// from a range of numbers is the colon.
std::size_t bracketed_address_length(std::string_view text) {
    if (!text.starts_with('[')) return 0;
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return 0;
    return text.substr(0, close).find(':') == std::string_view::npos ? 0 : close + 1;
}

Parsed<std::vector<std::string>> parse_names(std::string_view text, std::size_t address_length, std::size_t names_max) {
    if (address_length == 0) return expand_name_pattern(text, names_max);
    const std::string_view address = text.substr(1, address_length - 2);
    if (!is_ipv6_address(address)) return text_error(1, quoted(address) + " is not an IPv6 address");
    if (text.size() > address_length)
        return text_error(address_length, "expected the end, or slots as in [fd77::1]:4, after an IPv6 address");
    if (names_max == 0) return too_many_names(0);
    return std::vector{std::string(address)};
}

}  // namespace

std::size_t find_expression_end(std::string_view text, std::size_t begin) {
    bool is_in_bracket = false;
    std::size_t position = begin;
    for (; position < text.size(); ++position) {
        const char c = text[position];
        if (c == '[') is_in_bracket = true;
        if (c == ']') is_in_bracket = false;
        if (!is_in_bracket && (c == ',' || is_blank(c))) break;
    }
    return position;
}

Parsed<std::vector<std::string>> expand_names(std::string_view list, std::size_t names_max) {
    std::vector<std::string> names;
    for (std::size_t position = 0; position <= list.size();) {
        const std::size_t end = find_expression_end(list, position);
        auto some = expand_name_pattern(list.substr(position, end - position), names_max - names.size());
        if (!some) return some;
        names.insert(names.end(), some->begin(), some->end());
        position = end + 1;
    }
    return names;
}

Parsed<HostExpression> parse_host_expression(std::string_view text, std::size_t names_max) {
    HostExpression expression;
    std::size_t name_begin = 0;
    // The last "@", as ssh does: user names of directory services may have one of their own.
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        auto user = parse_user(text.substr(0, at), 0);
        if (!user) return tl::unexpected<TextError>(user.error());
        expression.user = std::move(*user);
        name_begin = at + 1;
    }
    const std::string_view rest = text.substr(name_begin);
    const std::size_t address_length = bracketed_address_length(rest);
    const std::size_t colon = rest.find(':', address_length);
    if (colon != std::string_view::npos && rest.find(':', colon + 1) != std::string_view::npos)
        return text_error(name_begin + colon,
                          "expected one colon, before the slots, as in node01:8; "
                          "an IPv6 address stands in brackets, as in [fd77::1]:4");
    auto names = parse_names(rest.substr(0, colon), address_length, names_max);
    if (!names) return shifted(std::move(names.error()), name_begin);
    expression.names = std::move(*names);

    if (colon == std::string_view::npos) return expression;
    const auto slots = parse_slots(rest.substr(colon + 1), name_begin + colon + 1);
    if (!slots) return tl::unexpected<TextError>(slots.error());
    expression.slots = *slots;
    return expression;
}

Parsed<std::uint32_t> parse_slots(std::string_view text, std::size_t position) {
    const auto slots = parse_number(text);
    if (!slots || *slots < 1 || *slots > mention_slots_max)
        return text_error(position, (text.empty() ? "no slots" : quoted(text) + " slots") +
                                        ", expected a whole number from 1 to " + std::to_string(mention_slots_max));
    return static_cast<std::uint32_t>(*slots);
}

Parsed<std::string> parse_user(std::string_view text, std::size_t position) {
    if (text.empty()) return text_error(position, "expected the name of a user");
    for (std::size_t index = 0; index < text.size(); ++index) {
        const char c = text[index];
        const bool is_plain = is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
        const bool is_mark = c == '_' || c == '.' || c == '@' || c == '+' || c == '\\' || c == '$' || c == '-';
        if ((!is_plain && !is_mark) || (index == 0 && c == '-'))
            return text_error(position + index,
                              quoted_character(text, index) + " cannot stand here in the name of a user");
    }
    return std::string(text);
}

}  // namespace scoop::hostfile
