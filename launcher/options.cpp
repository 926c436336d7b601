// Parses the command line with Boost.Program_options, up to the program's name: what follows belongs to the program;
// and the defaults in the same way.
#include "launcher/options.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstddef>
#include <iterator>
#include <utility>

#include "hostfile/text.hpp"
#include "launcher/command_words.hpp"
#include "launcher/options_table.hpp"

namespace scoop::launcher {

namespace {

namespace po = boost::program_options;

po::options_description describe_options() {
    po::options_description description;
    for (const OptionRow& row : option_table()) {
        const std::string names =
            std::string(row.name) + (row.short_name != 0 ? std::string(",") + row.short_name : "");
        if (row.values() == 0)
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
            return tl::unexpected(usage_failure(argument, "the second value is missing"));
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

/// An option as somebody gave it.
struct Given {
    const OptionRow* row;
    std::string value;
    std::string typed;
    std::string origin;  ///< "run.conf:3"; empty: the command line
};

base::Failure located(base::Failure failure, const std::string& origin) {
    return origin.empty() ? std::move(failure) : std::move(failure).within(origin);
}

base::Result<std::vector<Given>> find_options(const po::options_description& description,
                                              const std::vector<std::string>& arguments,
                                              const std::string& origin) try {
    using Style = po::command_line_style::style_t;
    constexpr int style = Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next | Style::allow_short |
                          Style::allow_dash_for_short | Style::short_allow_adjacent | Style::short_allow_next |
                          Style::allow_sticky;
    const auto parsed = po::command_line_parser(arguments).options(description).style(style).run();
    std::vector<Given> given;
    for (const po::option& option : parsed.options)
        for (const OptionRow& row : option_table())
            if (row.name == option.string_key)
                given.push_back(
                    {&row, option.value.empty() ? std::string() : option.value.front(), as_typed(option), origin});
    return given;
} catch (const po::error& error) {  // another option where a value should be: what else Boost refuses, split() has seen
    return tl::unexpected(located(usage_failure({}, error.what()), origin));
}

/// What asks for something else than a job makes no sense as a default, and is possible with wrong ones.
bool is_for_command_line_only(const Given& given) {
    constexpr std::string_view names[] = {"help", "version", "completion", "no-defaults", "status", "join", "leave"};
    return std::find(std::begin(names), std::end(names), given.row->name) != std::end(names);
}

base::Result<std::vector<Given>> find_defaults(const po::options_description& description, std::string_view text,
                                               const std::string& origin) {
    auto words = split_words(text);
    if (!words) return tl::unexpected(located(usage_failure({}, words.error()), origin));
    auto line = split(description, std::move(*words));
    if (!line) return tl::unexpected(located(std::move(line.error()), origin));
    if (!line->program.empty())
        return tl::unexpected(
            located(usage_failure(line->program.front(), "only options and their values can stand here"), origin));
    auto given = find_options(description, line->own, origin);
    if (!given) return given;
    for (const Given& one : *given)
        if (is_for_command_line_only(one))
            return tl::unexpected(
                located(usage_failure(one.typed, "this option can only be given on the command line"), origin));
    return given;
}

/// Options that add up or exclude each other: one of them in a later place replaces all of them in an earlier one.
enum class Matter { itself, hosts, words };

Matter matter_of(const Given& given) {
    const std::string_view name = given.row->name;
    if (name == "hosts" || name == "host" || name == "hostfile") return Matter::hosts;
    if (name == "verbose" || name == "quiet") return Matter::words;
    return Matter::itself;
}

void append_stronger(std::vector<Given>& all, std::vector<Given> stronger) {
    std::erase_if(all, [&](const Given& one) {
        return matter_of(one) != Matter::itself &&
               std::any_of(stronger.begin(), stronger.end(),
                           [&](const Given& other) { return matter_of(other) == matter_of(one); });
    });
    all.insert(all.end(), std::make_move_iterator(stronger.begin()), std::make_move_iterator(stronger.end()));
}

base::Result<std::vector<Given>> find_all_defaults(const po::options_description& description,
                                                   const OptionDefaults& defaults) {
    if (!defaults.file_text) return tl::unexpected(defaults.file_text.error());
    std::vector<Given> all;
    std::size_t number = 0;
    for (std::string_view rest = *defaults.file_text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        ++number;
        const std::size_t begin = line.find_first_not_of(" \t\r");
        if (begin == std::string_view::npos || line[begin] == '#') continue;
        auto given = find_defaults(description, line, defaults.file_name + ":" + std::to_string(number));
        if (!given) return given;
        all.insert(all.end(), given->begin(), given->end());
    }
    auto given = find_defaults(description, defaults.variable, "SCOOP_RUN_OPTIONS");
    if (!given) return given;
    append_stronger(all, std::move(*given));
    return all;
}

base::Result<void> set_options(const std::vector<Given>& given, Options& options) {
    for (const Given& one : given) {
        if (const auto set = one.row->set(options, one.value); !set)
            return tl::unexpected(located(usage_failure(one.typed, set.error()), one.origin));
        if (!one.origin.empty()) options.defaults.push_back(one.origin + ": " + one.typed);
    }
    return {};
}

base::Result<std::vector<Given>> find_all(const po::options_description& description,
                                          const std::vector<std::string>& arguments, const OptionDefaults& defaults) {
    auto typed = find_options(description, arguments, {});
    if (!typed || std::any_of(typed->begin(), typed->end(), is_for_command_line_only)) return typed;
    auto all = find_all_defaults(description, defaults);
    if (all) append_stronger(*all, std::move(*typed));
    return all;
}

base::Result<Options> status_options(Options options, const std::vector<Given>& given,
                                     const std::vector<std::string>& words) {
    for (const Given& one : given)
        if (one.row->name != "status" && one.row->name != "no-defaults" && matter_of(one) != Matter::words)
            return tl::unexpected(usage_failure(one.typed, "cannot be given together with --status"));
    if (words.size() > 1)
        return tl::unexpected(usage_failure(words[1], "--status takes one job, or none to list them"));
    if (!words.empty()) options.job = words.front();
    return options;
}

base::Result<Options> leave_options(Options options, const std::vector<Given>& given,
                                    const std::vector<std::string>& words) {
    for (const Given& one : given) {
        const bool is_allowed = one.row->name == "leave" || one.row->name == "timeout" ||
                                one.row->name == "no-defaults" || matter_of(one) != Matter::itself;
        if (!is_allowed || one.row->name == "hostfile")
            return tl::unexpected(usage_failure(one.typed, "cannot be given together with --leave"));
    }
    if (!words.empty()) return tl::unexpected(usage_failure(words.front(), "--leave runs no program"));
    if (options.hosts.empty())
        return tl::unexpected(
            usage_failure("--leave " + options.leave, "name the hosts that are to leave with --hosts"));
    return options;
}

base::Result<Options> join_options(Options options, const std::vector<Given>& given,
                                   const std::vector<std::string>& words) {
    for (const Given& one : given)
        if (one.row->name != "join" && one.row->name != "no-defaults" && matter_of(one) == Matter::itself)
            return tl::unexpected(usage_failure(one.typed, "cannot be given together with --join"));
    if (!words.empty())
        return tl::unexpected(usage_failure(words.front(), "--join runs no program, the job's own runs on the hosts"));
    if (options.hosts.empty() == options.hostfile.empty())
        return tl::unexpected(
            usage_failure("--join " + options.join, "name the hosts that are to join with --hosts or with --hostfile"));
    return options;
}

}  // namespace

base::Result<Options> parse_options(int argc, const char* const* argv, std::string_view hostfile_variable,
                                    const OptionDefaults& defaults) {
    const auto description = describe_options();
    auto line = split(description, {argv + (argc > 0 ? 1 : 0), argv + argc});
    if (!line) return tl::unexpected(std::move(line.error()));
    const auto given = find_all(description, line->own, defaults);
    if (!given) return tl::unexpected(given.error());
    Options options;
    if (auto set = set_options(*given, options); !set) return tl::unexpected(std::move(set.error()));
    if (options.status) return status_options(std::move(options), *given, line->program);
    if (!options.join.empty()) return join_options(std::move(options), *given, line->program);
    if (!options.leave.empty()) return leave_options(std::move(options), *given, line->program);

    if (!options.hosts.empty() && !options.hostfile.empty())
        return tl::unexpected(usage_failure("--hostfile " + options.hostfile, "cannot be given together with --hosts"));
    if (options.hosts.empty() && options.hostfile.empty()) options.hostfile = hostfile_variable;
    if (!line->program.empty()) {
        options.program = std::move(line->program.front());
        options.arguments.assign(std::make_move_iterator(line->program.begin() + 1),
                                 std::make_move_iterator(line->program.end()));
    }
    if (options.program.empty() && !options.help && !options.version && options.completion.empty())
        return tl::unexpected(
            usage_failure({}, "no program to run, expected scoop-run [options] [--] program [arguments]"));
    return options;
}

}  // namespace scoop::launcher
