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

std::string place(std::size_t position) { return "--hosts, column " + std::to_string(position + 1); }

/// Adds the hosts of one list to `mentions`.
Parsed<void> read_list(std::string_view list, std::vector<Host>& mentions) {
    std::size_t position = skip_blanks(list, 0);
    for (;;) {
        const std::size_t end = find_expression_end(list, position);
        auto expression = parse_host_expression(list.substr(position, end - position), mentions_max - mentions.size());
        if (!expression) {
            expression.error().position += position;
            return tl::unexpected<TextError>(std::move(expression.error()));
        }
        for (std::string& name : expression->names) {
            Host& mention = mentions.emplace_back();
            mention.name = std::move(name);
            mention.user = expression->user;
            mention.slots = expression->slots;
            mention.origin = place(position);
        }

        position = skip_blanks(list, end);
        if (position == list.size()) return {};
        if (list[position] == ',') position = skip_blanks(list, position + 1);
    }
}

}  // namespace

base::Result<std::vector<Host>> parse_host_lists(const std::vector<std::string>& lists) {
    std::vector<Host> mentions;
    for (const std::string& list : lists) {
        if (const auto read = read_list(list, mentions); !read) {
            const TextError& error = read.error();
            return base::failure(place(error.position), error.sentence + caret_lines(list, error.position));
        }
    }
    return merge_mentions(std::move(mentions));
}

}  // namespace scoop::hostfile
