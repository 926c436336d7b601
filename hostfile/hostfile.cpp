#include "hostfile/hostfile.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hostfile/host_attributes.hpp"
#include "hostfile/host_expression.hpp"
#include "hostfile/text.hpp"

namespace scoop::hostfile {

namespace {

bool is_quote(char c) { return c == '"' || c == '\''; }
bool is_control_character(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

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

    /// Takes `word` and whether a name follows it, as in charmrun's "host node01 ++cpus 4". A host may have that name
    /// too: "host", "host 4" and "host slots=4" are about one.
    [[nodiscard]] bool take_keyword(std::string_view word) {
        const std::size_t begin = position_;
        const Word first = take_key();
        skip_blanks();
        const Word second = take_key();
        skip_blanks();
        const bool is_attribute = position_ < line_.size() && line_[position_] == '=';
        const bool is_keyword = first.text == word && !second.text.empty() && !parse_number(second.text) &&
                                !second.text.starts_with("++") && !is_attribute;
        position_ = is_keyword ? second.position : begin;
        return is_keyword;
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
        if (auto read = read_attributes(host); !read) return tl::unexpected<TextError>(std::move(read.error()));
        if (host.slots && host.slots_max && *host.slots > *host.slots_max)
            return text_error(begin, "more slots (" + std::to_string(*host.slots) + ") than max_slots (" +
                                         std::to_string(*host.slots_max) + ")");
        return HostLine{std::move(expression->names), std::move(host)};
    }

    /// What stands behind "group": its name, which is of no use here, and attributes.
    Parsed<Host> read_group() {
        (void)take_key();
        Host defaults;
        if (auto read = read_attributes(defaults); !read) return tl::unexpected<TextError>(std::move(read.error()));
        return defaults;
    }

private:
    void skip_blanks() {
        while (position_ < line_.size() && is_blank(line_[position_])) ++position_;
    }

    Word take_key() {
        const std::size_t begin = position_;
        while (position_ < line_.size() && !is_blank(line_[position_]) && line_[position_] != '=') ++position_;
        return {std::string(line_.substr(begin, position_ - begin)), begin};
    }

    /// Up to a blank, or in quotes: in single ones every character is itself, in double ones a backslash protects the
    /// next.
    Parsed<Word> take_value() {
        Word value{{}, position_};
        if (position_ == line_.size() || !is_quote(line_[position_])) {
            while (position_ < line_.size() && !is_blank(line_[position_])) value.text += line_[position_++];
            return value;
        }
        const char quote = line_[position_++];
        for (;; ++position_) {
            if (position_ == line_.size()) return text_error(value.position, "this quote is never closed");
            char c = line_[position_];
            if (c == quote) break;
            if (quote == '"' && c == '\\' && position_ + 1 < line_.size()) c = line_[++position_];
            value.text += c;
        }
        if (++position_ < line_.size() && !is_blank(line_[position_]))
            return text_error(position_, "expected a blank behind the closing quote");
        return value;
    }

    Parsed<void> read_attributes(Host& host) {
        while (!is_empty())
            if (auto read = read_attribute(host); !read) return tl::unexpected<TextError>(std::move(read.error()));
        return {};
    }

    /// A bare number of slots, key=value, or charmrun's ++key value.
    Parsed<void> read_attribute(Host& host) {
        Word key = take_key();
        skip_blanks();
        const bool has_equals = position_ < line_.size() && line_[position_] == '=';
        const bool is_charm = key.text.starts_with("++") && !has_equals;
        if (!has_equals && !is_charm) {
            if (parse_number(key.text)) return set_attribute(host, {"slots", key.position}, key);
            return text_error(key.position, quoted(key.text) + " after a host, expected a number of slots, " +
                                                std::string(attribute_forms()));
        }
        if (has_equals) ++position_;
        if (is_charm) key.text.erase(0, 2);
        skip_blanks();
        const auto value = take_value();
        if (!value) return tl::unexpected<TextError>(value.error());
        const auto control = std::find_if(value->text.begin(), value->text.end(), is_control_character);
        if (control != value->text.end())
            return text_error(value->position, "a value cannot have control characters in it");
        return set_attribute(host, key, *value);
    }

    std::string_view line_;
    std::size_t names_max_;
    std::size_t position_ = 0;
};

/// Where the comment of `line` begins: at "#" anywhere, or at "//" that begins a word, outside of quotes.
std::size_t find_comment(std::string_view line) {
    char quote = 0;
    for (std::size_t position = 0; position < line.size(); ++position) {
        const char c = line[position];
        if (quote == '"' && c == '\\') {
            ++position;
        } else if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (is_quote(c)) {
            quote = c;
        } else if (c == '#' ||
                   (line.substr(position).starts_with("//") && (position == 0 || is_blank(line[position - 1])))) {
            return position;
        }
    }
    return line.size();
}

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
    Host group;  // what "group" lines say of the "host" lines behind them
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = take_line(text);
        const std::string origin = std::string(source) + ":" + std::to_string(number);
        const auto refused = [&](const TextError& error) {
            return base::failure(origin + ":" + std::to_string(error.position + 1),
                                 error.sentence + caret_lines(line, error.position));
        };
        LineReader reader(line.substr(0, find_comment(line)), mentions_max - mentions.size());
        if (reader.is_empty()) continue;
        if (reader.take_keyword("group")) {
            auto defaults = reader.read_group();
            if (!defaults) return refused(defaults.error());
            group = std::move(*defaults);
            continue;
        }
        const bool is_of_group = reader.take_keyword("host");
        auto read = reader.read();
        if (!read) return refused(read.error());
        if (is_of_group) fill_attributes(read->host, group);
        read->host.origin = origin;
        for (std::string& name : read->names) {
            mentions.push_back(read->host);
            mentions.back().name = std::move(name);
        }
    }
    std::set<std::string_view> tags;
    for (const Host& mention : mentions) tags.insert(mention.tags.begin(), mention.tags.end());
    if (tags.size() > tags_max)
        return base::failure(std::string(source), "has " + std::to_string(tags.size()) +
                                                      " different tags, expected at most " + std::to_string(tags_max));
    if (mentions.empty())
        return base::failure(std::string(source), "names no host, expected lines such as \"node01 slots=8\"");
    return merge_mentions(std::move(mentions));
}

}  // namespace scoop::hostfile
