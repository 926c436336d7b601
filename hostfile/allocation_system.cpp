#include "hostfile/allocation_system.hpp"

#include <algorithm>
#include <utility>

#include "hostfile/host_expression.hpp"
#include "hostfile/name_pattern.hpp"
#include "hostfile/text.hpp"

namespace scoop::hostfile {

namespace {

tl::unexpected<base::Failure> refused(const std::string& variable, std::string_view value, const TextError& error) {
    return base::failure(variable + ", column " + std::to_string(error.position + 1),
                         error.sentence + caret_lines(value, error.position));
}

/// One "2" or "2(x3)", added to `counts`.
Parsed<void> add_counts(std::string_view text, std::size_t position, std::vector<std::uint32_t>& counts) {
    const std::size_t open = text.find('(');
    const auto count = parse_slots(text.substr(0, open), position);
    if (!count) return tl::unexpected<TextError>(count.error());
    std::uint64_t repeats = 1;
    if (open != std::string_view::npos) {
        const std::string_view rest = text.substr(open);
        const bool is_repeat = rest.starts_with("(x") && rest.ends_with(')');
        const auto number = is_repeat ? parse_number(rest.substr(2, rest.size() - 3)) : std::nullopt;
        if (!number || *number == 0)
            return text_error(position + open, "expected how often the number is meant, as in 2(x3),1");
        repeats = *number;
    }
    if (repeats > mentions_max - counts.size()) return too_many_names(position);
    counts.insert(counts.end(), repeats, *count);
    return {};
}

}  // namespace

const std::string* find_variable(const Variables& variables, std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() || found->second.empty() ? nullptr : &found->second;
}

std::string first_variable(const Variables& variables, const std::vector<std::string>& names) {
    const auto found = std::find_if(names.begin(), names.end(),
                                    [&](const std::string& name) { return find_variable(variables, name) != nullptr; });
    return found == names.end() ? std::string() : *found;
}

base::Result<std::vector<std::string>> read_names(const Variables& variables, const std::string& variable) {
    const std::string_view list = *find_variable(variables, variable);
    std::vector<std::string> names;
    for (std::size_t position = 0; position <= list.size();) {
        const std::size_t end = find_expression_end(list, position);
        auto some = expand_name_pattern(list.substr(position, end - position), mentions_max - names.size());
        if (!some) {
            some.error().position += position;
            return refused(variable, list, some.error());
        }
        names.insert(names.end(), std::make_move_iterator(some->begin()), std::make_move_iterator(some->end()));
        position = end + 1;
    }
    return names;
}

base::Result<std::vector<std::uint32_t>> read_counts(const Variables& variables, const std::string& variable) {
    const std::string_view list = *find_variable(variables, variable);
    std::vector<std::uint32_t> counts;
    for (std::size_t position = 0; position <= list.size();) {
        const std::size_t end = std::min(list.find(',', position), list.size());
        if (auto added = add_counts(list.substr(position, end - position), position, counts); !added)
            return refused(variable, list, added.error());
        position = end + 1;
    }
    return counts;
}

tl::unexpected<base::Failure> contradiction(const std::string& one, const std::string& other, const std::string& how) {
    return base::failure(one + " and " + other + " contradict each other", how);
}

}  // namespace scoop::hostfile
