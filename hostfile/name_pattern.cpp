#include "hostfile/name_pattern.hpp"

#include <algorithm>
#include <utility>

namespace scoop::hostfile {

namespace {

constexpr std::size_t digits_max = 18;  // behind leading zeros; fits 64 bits

bool is_name_character(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_'; }

std::string padded(std::uint64_t number, std::size_t width) {
    std::string digits = std::to_string(number);
    if (digits.size() < width) digits.insert(0, width - digits.size(), '0');
    return digits;
}

/// Reads one pattern from left to right. After an error the object is of no use.
class PatternReader {
public:
    PatternReader(std::string_view pattern, std::size_t names_max) : pattern_(pattern), names_max_(names_max) {}

    Parsed<std::vector<std::string>> read() {
        if (pattern_.empty()) return text_error(0, "expected the name of a host");
        while (position_ < pattern_.size()) {
            auto part = pattern_[position_] == '[' ? read_bracket() : read_literal();
            if (!part) return tl::unexpected<TextError>(std::move(part.error()));
            if (auto added = add(std::move(*part)); !added) return tl::unexpected<TextError>(std::move(added.error()));
        }
        return make_names();
    }

private:
    Parsed<std::vector<std::string>> read_literal() {
        const std::size_t begin = position_;
        for (; position_ < pattern_.size() && pattern_[position_] != '['; ++position_) {
            const char c = pattern_[position_];
            if (c == '^' || c == '!')
                return text_error(position_, quoted_character(pattern_, position_) +
                                                 " cannot be part of a host name; hosts are left out with --exclude");
            if (!is_name_character(c))
                return text_error(position_, quoted_character(pattern_, position_) + " cannot be part of a host name");
            if (position_ == 0 && (c == '-' || c == '.'))
                return text_error(0, "a host name begins with a letter or a digit, not with " + quoted({&c, 1}));
        }
        return std::vector{std::string(pattern_.substr(begin, position_ - begin))};
    }

    Parsed<std::vector<std::string>> read_bracket() {
        const std::size_t open = position_++;
        if (pattern_.find(']', open) == std::string_view::npos)
            return text_error(open, "this bracket is never closed, expected ranges as in node[01-16,20]");
        std::vector<std::string> choices;
        for (;;) {
            if (auto added = read_range(choices); !added) return tl::unexpected<TextError>(added.error());
            const char c = pattern_[position_];
            if (c != ',' && c != ']')
                return text_error(position_, quoted_character(pattern_, position_) +
                                                 " in a bracket, expected ranges as in node[01-16,20]");
            ++position_;
            if (c == ']') return choices;
        }
    }

    /// One number or range; a character of the bracket is left to read.
    Parsed<void> read_range(std::vector<std::string>& choices) {
        const std::size_t begin = position_;
        const auto first = read_digits();
        if (!first) return tl::unexpected<TextError>(first.error());
        std::string_view last = *first;
        if (pattern_[position_] == '-') {
            ++position_;
            const auto end = read_digits();
            if (!end) return tl::unexpected<TextError>(end.error());
            last = *end;
        }
        const std::uint64_t low = *parse_number(*first);
        const std::uint64_t high = *parse_number(last);
        // [0-00] is 0, by all who know ranges.
        if (last.size() != first->size() && last.front() == '0' && high > 0)
            return text_error(begin, "the ends of this range have different widths, expected one as in [08-10]");
        if (high < low) return text_error(begin, "this range runs backwards, expected the smaller number first");
        const std::uint64_t room = names_max_ - std::min(choices.size(), names_max_);
        if (high - low >= room) return too_many_names(begin);
        for (std::uint64_t number = low; number <= high; ++number) choices.push_back(padded(number, first->size()));
        return {};
    }

    /// At least one digit; the closing bracket ends the search at the latest.
    Parsed<std::string_view> read_digits() {
        const std::size_t begin = position_;
        while (is_digit(pattern_[position_])) ++position_;
        if (position_ == begin) return text_error(begin, "expected a number, as in node[01-16,20]");
        const std::string_view digits = pattern_.substr(begin, position_ - begin);
        if (digits.size() - std::min(digits.find_first_not_of('0'), digits.size()) > digits_max)
            return text_error(begin, "this number is too long");
        return digits;
    }

    /// Looks at number and length of the names before there is any, so that nobody can keep us busy with a short
    /// pattern.
    Parsed<void> add(std::vector<std::string> choices) {
        if (choices.size() > names_max_ / name_count_) return too_many_names(0);
        name_count_ *= choices.size();
        name_length_ += std::max_element(choices.begin(), choices.end(), [](const auto& a, const auto& b) {
                            return a.size() < b.size();
                        })->size();
        if (name_length_ > name_length_max)
            return text_error(0, "a host name has at most " + std::to_string(name_length_max) + " characters");
        parts_.push_back(std::move(choices));
        return {};
    }

    [[nodiscard]] std::vector<std::string> make_names() const {
        std::vector<std::string> names(name_count_);
        std::size_t repeats = name_count_;  // how many names in a row have the same choice of a part
        for (const auto& choices : parts_) {
            repeats /= choices.size();
            for (std::size_t index = 0; index < names.size(); ++index)
                names[index] += choices[index / repeats % choices.size()];
        }
        return names;
    }

    std::string_view pattern_;
    std::size_t names_max_;
    std::size_t position_ = 0;
    std::vector<std::vector<std::string>> parts_;  ///< the choices for each part of the name
    std::size_t name_count_ = 1;
    std::size_t name_length_ = 0;  ///< of the longest name
};

}  // namespace

tl::unexpected<TextError> too_many_names(std::size_t position) {
    return text_error(position, "too many hosts: no more than " + std::to_string(mentions_max) + " are possible");
}

Parsed<std::vector<std::string>> expand_name_pattern(std::string_view pattern, std::size_t names_max) {
    return PatternReader(pattern, names_max).read();
}

}  // namespace scoop::hostfile
