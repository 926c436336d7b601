#include "hostfile/allocation_system.hpp"

#include <algorithm>
#include <utility>

#include "hostfile/host_expression.hpp"
#include "hostfile/name_pattern.hpp"
#include "hostfile/placement.hpp"
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

base::Result<void> JobHosts::add(std::string name, std::optional<std::uint32_t> slots, const std::string& origin) {
    // As a pattern it would be another name.
    const auto checked = expand_name_pattern(name, 1);
    if (!checked || checked->front() != name)
        return base::failure(origin, quoted(name) + " is not the name of a host" +
                                         (checked ? std::string() : ": " + checked.error().sentence));
    const auto [entry, is_new] = positions_.try_emplace(lower_case(name), hosts_.size());
    Host mention;
    mention.name = std::move(name);
    mention.slots = slots;
    mention.origin = origin;
    if (!is_new) {
        Host& host = hosts_[entry->second];
        add_mention(host, mention);
        if (*host.slots > workers_max)
            return base::failure(origin, "gives " + host.name + " more than " + std::to_string(workers_max) + " slots");
        return {};
    }
    if (hosts_.size() == mentions_max)
        return base::failure(origin, "too many hosts: no more than " + std::to_string(mentions_max) + " are possible");
    hosts_.push_back(std::move(mention));
    return {};
}

void JobHosts::add_source(const std::string& source) { sources_ += (sources_.empty() ? "" : ", ") + source; }

std::uint64_t JobHosts::slots_total() const {
    std::uint64_t total = 0;
    for (const Host& host : hosts_) total += host.slots.value_or(0);
    return total;
}

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

base::Result<std::optional<std::uint32_t>> read_number(const Variables& variables, const std::string& variable) {
    const std::string* text = find_variable(variables, variable);
    if (text == nullptr) return std::nullopt;
    const auto number = parse_number(*text);
    if (!number || *number == 0 || *number > workers_max)
        return base::failure(
            variable, "has " + quoted(*text) + ", expected a whole number from 1 to " + std::to_string(workers_max));
    return static_cast<std::uint32_t>(*number);
}

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t position = 0; position < text.size();) {
        std::size_t end = position;
        while (end < text.size() && !is_blank(text[end])) ++end;
        if (end > position) words.emplace_back(text.substr(position, end - position));
        position = end + 1;
    }
    return words;
}

base::Result<std::vector<std::vector<std::string>>> read_words_of_file(const JobSources& sources,
                                                                       const std::string& variable) {
    const std::string& path = *find_variable(sources.variables, variable);
    const auto content = sources.read_file(path);
    if (!content) {
        base::Failure failure = content.error();
        return tl::unexpected(std::move(failure).within(variable));
    }
    std::vector<std::vector<std::string>> lines;
    for (std::size_t position = 0; position < content->size();) {
        const std::size_t end = std::min(content->find('\n', position), content->size());
        auto words = split_words(std::string_view(*content).substr(position, end - position));
        if (!words.empty()) lines.push_back(std::move(words));
        position = end + 1;
    }
    if (lines.empty()) return base::failure(variable, "the file " + path + " names no host");
    return lines;
}

base::Result<JobHosts> count_lines(const JobSources& sources, const std::string& variable) {
    const auto lines = read_words_of_file(sources, variable);
    if (!lines) return tl::unexpected(lines.error());
    JobHosts job;
    for (const auto& words : *lines) {
        if (words.size() > 1)
            return base::failure(variable, "expected one host on a line, and found " + quoted(words[0]) + " with " +
                                               quoted(words[1]) + " behind it");
        if (auto added = job.add(words.front(), 1, variable); !added) return tl::unexpected(std::move(added.error()));
    }
    return job;
}

tl::unexpected<base::Failure> contradiction(const std::string& one, const std::string& other, const std::string& how) {
    return base::failure(one + " and " + other + " contradict each other", how);
}

}  // namespace scoop::hostfile
