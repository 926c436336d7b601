// The table of scoop-run's options, from which the command line is parsed and the help is written.
//
// Only options.cpp, options_help.cpp and completion.cpp need it. Constant; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "launcher/option_setters.hpp"

namespace scoop::launcher {

struct OptionRow {
    std::string_view section;  ///< heading in the help; rows of one section follow each other
    char short_name;           ///< 0: none
    std::string_view name;     ///< without dashes
    /// What the help calls its value or its two values; empty: it takes none. In brackets it is no value, but what may
    /// stand in the place of the program.
    std::string_view value;
    std::string_view help;  ///< empty: another spelling of the row before, not shown
    /// Two values come in one text, with a blank behind the first.
    SetResult (*set)(Options& options, const std::string& value);

    [[nodiscard]] constexpr int values() const {
        return value.empty() || value.starts_with('[') ? 0 : value.find(' ') == std::string_view::npos ? 1 : 2;
    }
};

[[nodiscard]] std::span<const OptionRow> option_table();

}  // namespace scoop::launcher
