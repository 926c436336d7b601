#include "hostfile/host_attributes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "hostfile/host_expression.hpp"

namespace scoop::hostfile {

namespace {

using SetAttribute = Parsed<void> (*)(Host& host, const Word& key, const Word& value);

/// `field` is an optional, a string or a list, and still empty unless the line gives it twice.
template <class Field, class T>
Parsed<void> set(Field& field, Parsed<T> value, const Word& key, const char* name) {
    if (!value) return tl::unexpected<TextError>(std::move(value.error()));
    if (field != Field{}) return text_error(key.position, std::string(name) + " given twice for this host");
    field = std::move(*value);
    return {};
}

Parsed<std::uint32_t> parse_whole_number(const Word& value, const char* what, std::uint32_t low, std::uint32_t high) {
    const auto number = parse_number(value.text);
    if (!number || *number < low || *number > high)
        return text_error(value.position, quoted(value.text) + " as " + what + ", expected a whole number from " +
                                              std::to_string(low) + " to " + std::to_string(high));
    return static_cast<std::uint32_t>(*number);
}

/// Ends up as one line that another host reads; an empty value would read as none.
Parsed<std::string> parse_text(const Word& value, const char* what) {
    if (value.text.empty()) return text_error(value.position, std::string("expected ") + what);
    return value.text;
}

/// "gpu,bigmem": words of letters, digits, '_', '-' and '.'.
Parsed<std::vector<std::string>> parse_tags(const Word& value) {
    std::vector<std::string> tags;
    const std::string_view text = value.text;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string_view tag = text.substr(begin, end - begin);
        const auto is_of_tag = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; };
        if (tag.empty() || !std::all_of(tag.begin(), tag.end(), is_of_tag))
            return text_error(value.position + begin, quoted(tag) +
                                                          " as a tag, expected letters, digits, '_', '-' and '.', "
                                                          "and commas between tags, as in tags=gpu,bigmem");
        tags.emplace_back(tag);
        begin = end + 1;
    }
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
}

Parsed<void> set_slots(Host& host, const Word& key, const Word& value) {
    return set(host.slots, parse_slots(value.text, value.position), key, "slots");
}
Parsed<void> set_slots_max(Host& host, const Word& key, const Word& value) {
    return set(host.slots_max, parse_slots(value.text, value.position), key, "max_slots");
}
Parsed<void> set_user(Host& host, const Word& key, const Word& value) {
    return set(host.user, parse_user(value.text, value.position), key, "user");
}
Parsed<void> set_port(Host& host, const Word& key, const Word& value) {
    return set(host.port, parse_whole_number(value, "port", 1, 65535), key, "port");
}
Parsed<void> set_tags(Host& host, const Word& key, const Word& value) {
    return set(host.tags, parse_tags(value), key, "tags");
}
Parsed<void> set_program(Host& host, const Word& key, const Word& value) {
    return set(host.settings.program, parse_text(value, "the path of a program, as in exe=./myapp.{arch}"), key, "exe");
}
Parsed<void> set_directory(Host& host, const Word& key, const Word& value) {
    return set(host.settings.working_directory, parse_text(value, "a directory, as in wdir=/scratch"), key, "wdir");
}
Parsed<void> set_setup(Host& host, const Word& key, const Word& value) {
    return set(host.settings.setup, parse_text(value, "shell text, as in setup=\"module load gcc\""), key, "setup");
}
Parsed<void> set_nice(Host& host, const Word& key, const Word& value) {
    return set(host.settings.nice, parse_whole_number(value, "nice", 0, nice_max), key, "nice");
}

struct AttributeName {
    std::string_view word;
    SetAttribute set;
};

constexpr std::array attribute_names{
    AttributeName{"slots", set_slots},
    AttributeName{"slot", set_slots},
    AttributeName{"cpus", set_slots},
    AttributeName{"cpu", set_slots},
    AttributeName{"count", set_slots},
    AttributeName{"workers", set_slots},
    AttributeName{"worker", set_slots},
    AttributeName{"max_slots", set_slots_max},
    AttributeName{"slots_max", set_slots_max},
    AttributeName{"max", set_slots_max},
    AttributeName{"count_max", set_slots_max},
    AttributeName{"user", set_user},
    AttributeName{"user_name", set_user},
    AttributeName{"login", set_user},
    AttributeName{"port", set_port},
    AttributeName{"tags", set_tags},
    AttributeName{"tag", set_tags},
    AttributeName{"exe", set_program},
    AttributeName{"wdir", set_directory},
    AttributeName{"setup", set_setup},
    AttributeName{"nice", set_nice},
};

struct ForeignName {
    std::string_view word;
    const char* instead;
};

/// What other launchers' files have, and what to do here.
constexpr std::array foreign_names{
    ForeignName{"ext", "give the host's program, as in exe=./myapp.{arch}"},
    ForeignName{"pathfix", "give the host's own paths with exe= and wdir="},
    ForeignName{"shell", "--launcher says how hosts are reached; leave it out"},
    ForeignName{"speed", "faster hosts get more tasks by themselves; leave it out"},
    ForeignName{"binding", "--bind-to binds the workers to CPUs; leave it out"},
    ForeignName{"ifhn", "name the host by that interface, and give --interface for this machine's"},
};

constexpr std::string_view variable_prefix = "env.";

Parsed<void> add_variable(Host& host, const Word& key, const Word& value) {
    const std::string name = key.text.substr(variable_prefix.size());
    if (name.empty()) return text_error(key.position, "expected the name of a variable, as in env.OMP_NUM_THREADS=2");
    if (name == "SCOOP_ROLE")
        return text_error(key.position, "SCOOP_ROLE is for scoop-run itself to set, expected another variable");
    for (const std::string& other : host.settings.environment)
        if (other.starts_with(name + "=")) return text_error(key.position, key.text + " given twice for this host");
    host.settings.environment.push_back(name + "=" + value.text);
    return {};
}

tl::unexpected<TextError> unknown_attribute(const Word& key, const std::string& word) {
    if (word.empty())
        return text_error(key.position, "no name before \"=\", expected " + std::string(attribute_forms()));
    for (const ForeignName& foreign : foreign_names)
        if (foreign.word == word)
            return text_error(key.position, quoted(key.text) + " is not known here: " + foreign.instead);
    std::array<std::string_view, attribute_names.size()> known;
    std::transform(attribute_names.begin(), attribute_names.end(), known.begin(),
                   [](const AttributeName& name) { return name.word; });
    return text_error(key.position, quoted(key.text) + " is no attribute of a host, expected " +
                                        std::string(attribute_forms()) + did_you_mean(word, known));
}

}  // namespace

std::string_view attribute_forms() {
    return "slots=N, max_slots=N, user=NAME, port=N, tags=A,B, exe=PATH, wdir=DIR, env.NAME=VALUE, setup=\"TEXT\" or "
           "nice=N";
}

Parsed<void> set_attribute(Host& host, const Word& key, const Word& value) {
    std::string word = lower_case(key.text);
    if (word.starts_with(variable_prefix)) return add_variable(host, key, value);
    std::replace(word.begin(), word.end(), '-', '_');
    for (const AttributeName& name : attribute_names)
        if (name.word == word) return name.set(host, key, value);
    return unknown_attribute(key, word);
}

}  // namespace scoop::hostfile
