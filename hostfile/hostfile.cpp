#include "hostfile/hostfile.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hostfile/host_expression.hpp"
#include "hostfile/name_pattern.hpp"
#include "hostfile/text.hpp"

namespace scoop::hostfile {

namespace {

enum class Attribute { slots, slots_max, user, port, tags };

struct AttributeName {
    std::string_view word;
    Attribute attribute;
};

constexpr std::array attribute_names{
    AttributeName{"slots", Attribute::slots},         AttributeName{"slot", Attribute::slots},
    AttributeName{"cpus", Attribute::slots},          AttributeName{"cpu", Attribute::slots},
    AttributeName{"count", Attribute::slots},         AttributeName{"workers", Attribute::slots},
    AttributeName{"worker", Attribute::slots},        AttributeName{"max_slots", Attribute::slots_max},
    AttributeName{"slots_max", Attribute::slots_max}, AttributeName{"user", Attribute::user},
    AttributeName{"user_name", Attribute::user},      AttributeName{"port", Attribute::port},
    AttributeName{"tags", Attribute::tags},           AttributeName{"tag", Attribute::tags},
};

constexpr std::string_view attribute_forms = "slots=N, max_slots=N, user=NAME, port=N or tags=A,B";

/// One word of a line, and where it begins.
struct Word {
    std::string_view text;
    std::size_t position = 0;
};

Parsed<Attribute> find_attribute(const Word& key) {
    std::string word = lower_case(key.text);
    std::replace(word.begin(), word.end(), '-', '_');
    std::array<std::string_view, attribute_names.size()> known;
    for (std::size_t index = 0; index < known.size(); ++index) {
        known[index] = attribute_names[index].word;
        if (known[index] == word) return attribute_names[index].attribute;
    }
    const std::string what = word.empty() ? "no name before \"=\"" : quoted(key.text) + " is no attribute of a host";
    return text_error(key.position, what + ", expected " + std::string(attribute_forms) + did_you_mean(word, known));
}

Parsed<std::uint16_t> parse_port(const Word& value) {
    const auto port = parse_number(value.text);
    if (!port || *port < 1 || *port > 65535)
        return text_error(value.position, quoted(value.text) + " as port, expected a whole number from 1 to 65535");
    return static_cast<std::uint16_t>(*port);
}

/// "gpu,bigmem": words of letters, digits, '_', '-' and '.'.
Parsed<std::vector<std::string>> parse_tags(const Word& value) {
    std::vector<std::string> tags;
    for (std::size_t begin = 0; begin <= value.text.size();) {
        const std::size_t end = std::min(value.text.find(',', begin), value.text.size());
        const std::string_view tag = value.text.substr(begin, end - begin);
        const auto is_of_tag = [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.'; };
        if (tag.empty() || !std::all_of(tag.begin(), tag.end(), is_of_tag))
            return text_error(value.position + begin, quoted(tag) + " as a tag, expected letters, digits, '_', '-' and '.', "
                                                                    "and commas between tags, as in tags=gpu,bigmem");
        tags.emplace_back(tag);
        begin = end + 1;
    }
    std::sort(tags.begin(), tags.end());
    tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
    return tags;
}

struct HostLine {
    std::vector<std::string> names;
    Host host;  ///< all but the name
};

/// Reads one line, whose comment and line end are gone.
class LineReader {
public:
    LineReader(std::string_view line, std::size_t names_max) : line_(line), names_max_(names_max) {}

    [[nodiscard]] bool is_empty() {
        skip_blanks();
        return position_ == line_.size();
    }

    Parsed<HostLine> read() {
        const std::size_t begin = position_;
        position_ = find_expression_end(line_, begin);
        auto expression = parse_host_expression(line_.substr(begin, position_ - begin), names_max_);
        if (!expression) {
            expression.error().position += begin;
            return tl::unexpected<TextError>(std::move(expression.error()));
        }
        if (position_ < line_.size() && line_[position_] == ',')
            return text_error(position_, "expected one host on a line; ranges stand in brackets, as in node[01-16,20]");
        Host host;
        host.user = std::move(expression->user);
        host.slots = expression->slots;
        while (!is_empty())
            if (auto read = read_attribute(host); !read) return tl::unexpected<TextError>(std::move(read.error()));
        if (host.slots && host.slots_max && *host.slots > *host.slots_max)
            return text_error(begin, "more slots (" + std::to_string(*host.slots) + ") than max_slots (" +
                                         std::to_string(*host.slots_max) + ")");
        return HostLine{std::move(expression->names), std::move(host)};
    }

private:
    void skip_blanks() {
        while (position_ < line_.size() && is_blank(line_[position_])) ++position_;
    }

    Word take_word() {
        const std::size_t begin = position_;
        while (position_ < line_.size() && !is_blank(line_[position_]) && line_[position_] != '=') ++position_;
        return {line_.substr(begin, position_ - begin), begin};
    }

    /// A bare number of slots, or key=value.
    Parsed<void> read_attribute(Host& host) {
        const Word key = take_word();
        skip_blanks();
        if (position_ < line_.size() && line_[position_] == '=') {
            ++position_;
            skip_blanks();
            const auto attribute = find_attribute(key);
            if (!attribute) return tl::unexpected<TextError>(attribute.error());
            return set_attribute(host, *attribute, key, take_word());
        }
        if (parse_number(key.text)) return set_attribute(host, Attribute::slots, key, key);
        return text_error(key.position, quoted(key.text) + " after a host, expected a number of slots, " +
                                            std::string(attribute_forms));
    }

    static Parsed<void> set_attribute(Host& host, Attribute attribute, const Word& key, const Word& value) {
        switch (attribute) {
            case Attribute::slots:
                return set(host.slots, parse_slots(value.text, value.position), key, "slots");
            case Attribute::slots_max:
                return set(host.slots_max, parse_slots(value.text, value.position), key, "max_slots");
            case Attribute::port:
                return set(host.port, parse_port(value), key, "port");
            case Attribute::tags:
                return set(host.tags, parse_tags(value), key, "tags");
            case Attribute::user:
                return set(host.user, parse_user(value.text, value.position), key, "user");
        }
        return {};
    }

    /// `field` is an optional, a string or a list, and still empty unless the line gives it twice.
    template <class Field, class T>
    static Parsed<void> set(Field& field, Parsed<T> value, const Word& key, const char* name) {
        if (!value) return tl::unexpected<TextError>(std::move(value.error()));
        if (field != Field{}) return text_error(key.position, std::string(name) + " given twice for this host");
        field = std::move(*value);
        return {};
    }

    std::string_view line_;
    std::size_t names_max_;
    std::size_t position_ = 0;
};

/// The next line of `text` without its end, which is taken away.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

base::Result<std::vector<Host>> parse_hostfile(std::string_view text, std::string_view source) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // some editors begin a UTF-8 file with it
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());

    std::vector<Host> mentions;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = take_line(text);
        LineReader reader(line.substr(0, line.find('#')), mentions_max - mentions.size());
        if (reader.is_empty()) continue;
        auto read = reader.read();
        const std::string origin = std::string(source) + ":" + std::to_string(number);
        if (!read) {
            const TextError& error = read.error();
            return base::failure(origin + ":" + std::to_string(error.position + 1),
                                 error.sentence + caret_lines(line, error.position));
        }
        read->host.origin = origin;
        for (std::string& name : read->names) {
            mentions.push_back(read->host);
            mentions.back().name = std::move(name);
        }
    }
    std::set<std::string_view> tags;
    for (const Host& mention : mentions) tags.insert(mention.tags.begin(), mention.tags.end());
    if (tags.size() > tags_max)
        return base::failure(std::string(source), "has " + std::to_string(tags.size()) + " different tags, expected at most " +
                                                      std::to_string(tags_max));
    if (mentions.empty())
        return base::failure(std::string(source), "names no host, expected lines such as \"node01 slots=8\"");
    return merge_mentions(std::move(mentions));
}

}  // namespace scoop::hostfile
