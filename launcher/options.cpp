// Parses the command line with Boost.Program_options, up to the program's name: what follows belongs to the program.
#include "launcher/options.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstddef>
#include <iterator>
#include <utility>

#include "hostfile/text.hpp"
#include "launcher/options_table.hpp"

namespace scoop::launcher {

namespace {

namespace po = boost::program_options;

po::options_description describe_options() {
    po::options_description description;
    for (const OptionRow& row : option_table()) {
        const std::string names =
            std::string(row.name) + (row.short_name != 0 ? std::string(",") + row.short_name : "");
        if (row.value.empty())
            description.add_options()(names.c_str(), "");
        else
            description.add_options()(names.c_str(), po::value<std::string>(), "");
    }
    return description;
}

base::Failure usage_failure(std::string argument, std::string reason) {
    return {std::move(argument), std::move(reason), {}, false};
}

/// `typed` is the argument, `name` the option in it, with its dashes.
base::Failure unknown_option(const std::string& typed, const std::string& name) {
    std::vector<std::string> known;
    for (const OptionRow& row : option_table()) known.push_back("--" + std::string(row.name));
    // Single-dash long options, as in "-hostfile", are a habit from mpirun.
    const std::string long_name = name.starts_with("--") || name.size() == 2 ? name : "-" + name;
    const std::vector<std::string_view> words(known.begin(), known.end());
    const std::string suggestion = hostfile::did_you_mean(long_name, words);
    return usage_failure(typed,
                         "there is no such option" + (suggestion.empty() ? ", see scoop-run --help" : suggestion));
}

enum class Takes { nothing, rest_of_argument, next_argument };

base::Result<Takes> look_at_long(const po::options_description& description, const std::string& argument) {
    const std::size_t equals = argument.find('=');
    const std::string name = argument.substr(0, equals);
    const auto* option = name == "--" ? nullptr : description.find_nothrow(name.substr(2), false);
    if (option == nullptr) return tl::unexpected(unknown_option(argument, name));
    const bool takes_value = option->semantic()->max_tokens() > 0;
    if (equals == std::string::npos) return takes_value ? Takes::next_argument : Takes::nothing;
    if (!takes_value) return tl::unexpected(usage_failure(argument, "this option takes no value"));
    if (equals + 1 == argument.size()) return tl::unexpected(usage_failure(argument, "the value is missing"));
    return Takes::rest_of_argument;
}

/// One or several short options in one argument: "-v", "-vv", "-n4", "-vn".
base::Result<Takes> look_at_short(const po::options_description& description, const std::string& argument) {
    for (std::size_t index = 1; index < argument.size(); ++index) {
        const auto* option = description.find_nothrow(std::string("-") + argument[index], false);
        if (option == nullptr) return tl::unexpected(unknown_option(argument, argument));
        if (option->semantic()->max_tokens() == 0) continue;
        return index + 1 < argument.size() ? Takes::rest_of_argument : Takes::next_argument;
    }
    return Takes::nothing;
}

bool takes_two_values(const po::options_description& description, const std::string& argument) {
    if (!argument.starts_with("--")) return false;
    const auto* option = description.find_nothrow(argument.substr(2, argument.find('=') - 2), false);
    return option != nullptr && std::any_of(option_table().begin(), option_table().end(), [&](const OptionRow& row) {
               return row.values() == 2 && row.name == option->long_name();
           });
}

struct CommandLine {
    std::vector<std::string> own;      ///< our options with their values
    std::vector<std::string> program;  ///< its name and its arguments; may be empty
};

/// Boost would go on to look for options behind the program's name, so the command line is cut before Boost sees it.
base::Result<CommandLine> split(const po::options_description& description, std::vector<std::string> arguments) {
    CommandLine line;
    std::size_t index = 0;
    for (; index < arguments.size(); ++index) {
        if (arguments[index] == "-np") arguments[index] = "--np";  // as mpirun spells it; -n would take the "p"
        const std::string& argument = arguments[index];
        if (argument == "--") {
            ++index;
            break;
        }
        if (argument.size() < 2 || argument[0] != '-') break;
        const auto takes =
            argument[1] == '-' ? look_at_long(description, argument) : look_at_short(description, argument);
        if (!takes) return tl::unexpected(takes.error());
        line.own.push_back(argument);
        const bool is_pair = takes_two_values(description, argument);
        if (*takes == Takes::next_argument) {
            if (index + 1 == arguments.size()) return tl::unexpected(usage_failure(argument, "the value is missing"));
            line.own.push_back(arguments[++index]);
        }
        if (!is_pair) continue;
        if (index + 1 == arguments.size())
            return tl::unexpected(usage_failure(line.own.back(), "the second value is missing"));
        line.own.back() += " " + arguments[++index];
    }
    for (; index < arguments.size(); ++index) line.program.push_back(std::move(arguments[index]));
    return line;
}

std::string as_typed(const po::option& option) {
    std::string text;
    for (const std::string& token : option.original_tokens) text += (text.empty() ? "" : " ") + token;
    return text;
}

base::Result<void> set_options(const po::options_description& description, const std::vector<std::string>& arguments,
                               Options& options) try {
    using Style = po::command_line_style::style_t;
    constexpr int style = Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next | Style::allow_short |
                          Style::allow_dash_for_short | Style::short_allow_adjacent | Style::short_allow_next |
                          Style::allow_sticky;
    const auto parsed = po::command_line_parser(arguments).options(description).style(style).run();
    for (const po::option& option : parsed.options) {
        for (const OptionRow& row : option_table()) {
            if (row.name != option.string_key) continue;
            const auto set = row.set(options, option.value.empty() ? std::string() : option.value.front());
            if (!set) return tl::unexpected(usage_failure(as_typed(option), set.error()));
        }
    }
    return {};
} catch (const po::error& error) {  // another option where a value should be: what else Boost refuses, split() has seen
    return tl::unexpected(usage_failure({}, error.what()));
}

}  // namespace

base::Result<Options> parse_options(int argc, const char* const* argv, std::string_view hostfile_variable) {
    const auto description = describe_options();
    auto line = split(description, {argv + (argc > 0 ? 1 : 0), argv + argc});
    if (!line) return tl::unexpected(std::move(line.error()));
    Options options;
    if (auto set = set_options(description, line->own, options); !set) return tl::unexpected(std::move(set.error()));

    if (!options.hosts.empty() && !options.hostfile.empty())
        return tl::unexpected(usage_failure("--hostfile " + options.hostfile, "cannot be given together with --hosts"));
    if (options.hosts.empty() && options.hostfile.empty()) options.hostfile = hostfile_variable;
    if (!line->program.empty()) {
        options.program = std::move(line->program.front());
        options.arguments.assign(std::make_move_iterator(line->program.begin() + 1),
                                 std::make_move_iterator(line->program.end()));
    }
    if (options.program.empty() && !options.help && !options.version)
        return tl::unexpected(
            usage_failure({}, "no program to run, expected scoop-run [options] [--] program [arguments]"));
    return options;
}

}  // namespace scoop::launcher
