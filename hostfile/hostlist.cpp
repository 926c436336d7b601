#include "hostfile/hostlist.hpp"

#include <string_view>
#include <utility>

#include "hostfile/host_expression.hpp"
#include "hostfile/name_pattern.hpp"
#include "hostfile/text.hpp"

namespace scoop::hostfile {

namespace {

std::size_t skip_blanks(std::string_view text, std::size_t position) {
    while (position < text.size() && is_blank(text[position])) ++position;
    return position;
}

struct Option {
    const char* name;
    bool has_slots;
};
constexpr Option hosts_option{"--hosts", true};
constexpr Option exclude_option{"--exclude", false};

std::string place(const Option& option, std::size_t position) {
    return std::string(option.name) + ", column " + std::to_string(position + 1);
}

/// Adds the hosts of one list to `mentions`.
Parsed<void> read_list(std::string_view list, const Option& option, std::vector<Host>& mentions) {
    std::size_t position = skip_blanks(list, 0);
    for (;;) {
        const std::size_t end = find_expression_end(list, position);
        auto expression = parse_host_expression(list.substr(position, end - position), mentions_max - mentions.size());
        if (!expression) {
            expression.error().position += position;
            return tl::unexpected<TextError>(std::move(expression.error()));
        }
        if (expression->slots && !option.has_slots)
            return text_error(position, "a host is left out as a whole, expected no number of slots");
        for (std::string& name : expression->names) {
            Host& mention = mentions.emplace_back();
            mention.name = std::move(name);
            mention.user = expression->user;
            mention.slots = expression->slots;
            mention.origin = place(option, position);
        }

        position = skip_blanks(list, end);
        if (position == list.size()) return {};
        if (list[position] == ',') position = skip_blanks(list, position + 1);
    }
}

base::Result<std::vector<Host>> read_lists(const std::vector<std::string>& lists, const Option& option) {
    std::vector<Host> mentions;
    for (const std::string& list : lists) {
        if (const auto read = read_list(list, option, mentions); !read) {
            const TextError& error = read.error();
            return base::failure(place(option, error.position), error.sentence + caret_lines(list, error.position));
        }
    }
    return merge_mentions(std::move(mentions));
}

}  // namespace

base::Result<std::vector<Host>> parse_host_lists(const std::vector<std::string>& lists) {
    return read_lists(lists, hosts_option);
}

base::Result<std::vector<Host>> parse_exclusions(const std::vector<std::string>& lists) {
    return read_lists(lists, exclude_option);
}

}  // namespace scoop::hostfile
