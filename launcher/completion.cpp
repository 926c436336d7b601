#include "launcher/completion.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "launcher/options_table.hpp"

namespace scoop::launcher {

namespace {

std::vector<std::string> spellings(const OptionRow& row) {
    std::vector<std::string> names;
    if (row.short_name != 0) names.push_back(std::string("-") + row.short_name);
    names.push_back("--" + std::string(row.name));
    return names;
}

/// All names of the options for which `is_wanted` holds, with `separator` between them.
template <class Predicate>
std::string names_of(Predicate is_wanted, std::string_view separator) {
    std::string text;
    for (const OptionRow& row : option_table())
        if (is_wanted(row))
            for (const std::string& name : spellings(row)) text += (text.empty() ? "" : std::string(separator)) + name;
    return text;
}

/// A row without help is another spelling of the one before, which nobody needs to be offered.
bool is_offered(const OptionRow& row) { return !row.help.empty(); }
bool takes_file(const OptionRow& row) { return row.value == "FILE"; }
bool takes_directory(const OptionRow& row) { return row.value == "DIR"; }
bool takes_hosts(const OptionRow& row) { return row.value == "LIST"; }

/// "yes no" of "yes|no"; empty when the value is no choice.
std::string choices(const OptionRow& row) {
    if (row.value.find('|') == std::string_view::npos) return {};
    std::string words(row.value);
    std::replace(words.begin(), words.end(), '|', ' ');
    return words;
}

/// Without what has a meaning in single quotes, or in the brackets and between the colons of zsh's _arguments.
std::string plain_text(std::string_view help) {
    std::string text;
    for (const char c : help)
        if (c != '\'' && c != '"') text += c == '[' ? '(' : c == ']' ? ')' : c == ':' ? ',' : c;
    return text;
}

/// What replaces each %NAME% of a template.
struct Piece {
    std::string_view name;
    std::string text;
};

std::string filled(std::string script, const std::vector<Piece>& pieces) {
    for (const Piece& piece : pieces)
        for (std::size_t at = 0; (at = script.find(piece.name, at)) != std::string::npos; at += piece.text.size())
            script.replace(at, piece.name.size(), piece.text);
    return script;
}

// Behind the program's name everything is the program's own, so both shells look for it first.
constexpr const char* bash_template = R"sh(# Completion of scoop-run for bash, made by `scoop-run --completion bash`.
_scoop_run() {
    local word=${COMP_WORDS[COMP_CWORD]} before= index=1 values
    COMPREPLY=()
    while ((index < COMP_CWORD)); do
        before=${COMP_WORDS[index]}
        case $before in
            %PAIR%) values=2 ;;
            %VALUE%) values=1 ;;
            --) ((++index)); break ;;
            -*) values=0 ;;
            *) break ;;
        esac
        index=$((index + 1 + values))
    done
    if ((index < COMP_CWORD)); then
        if declare -F _command_offset >/dev/null; then
            _command_offset "$index"
        else
            COMPREPLY=($(compgen -f -- "$word"))
        fi
    elif ((index > COMP_CWORD)); then
        case $before in
%CHOICES%            %FILE%) COMPREPLY=($(compgen -f -- "$word")) ;;
            %DIRECTORY%) COMPREPLY=($(compgen -d -- "$word")) ;;
            %HOSTS%) COMPREPLY=($(compgen -A hostname -- "$word")) ;;
        esac
    elif [[ $word == -* && $before != -- ]]; then
        COMPREPLY=($(compgen -W '%ALL%' -- "$word"))
        compopt +o filenames 2>/dev/null
    else
        COMPREPLY=($(compgen -c -- "$word") $(compgen -d -- "$word"))
    fi
}
complete -o filenames -F _scoop_run scoop-run
)sh";

std::string bash_script() {
    std::string choice_cases;
    for (const OptionRow& row : option_table())
        if (!choices(row).empty())
            choice_cases += "            " + names_of([&](const OptionRow& one) { return &one == &row; }, "|") +
                            ") COMPREPLY=($(compgen -W '" + choices(row) + "' -- \"$word\")) ;;\n";
    return filled(bash_template, {{"%PAIR%", names_of([](const OptionRow& row) { return row.values() == 2; }, "|")},
                                  {"%VALUE%", names_of([](const OptionRow& row) { return row.values() == 1; }, "|")},
                                  {"%CHOICES%", choice_cases},
                                  {"%FILE%", names_of(takes_file, "|")},
                                  {"%DIRECTORY%", names_of(takes_directory, "|")},
                                  {"%HOSTS%", names_of(takes_hosts, "|")},
                                  {"%ALL%", names_of(is_offered, " ")}});
}

std::string zsh_action(const OptionRow& row) {
    if (!choices(row).empty()) return "(" + choices(row) + ")";
    if (takes_file(row)) return "_files";
    if (takes_directory(row)) return "_files -/";
    return takes_hosts(row) ? "_hosts" : " ";
}

std::string zsh_script() {
    std::string script =
        "#compdef scoop-run\n"
        "# Completion of scoop-run for zsh, made by `scoop-run --completion zsh`.\n"
        "_arguments -s -S -A '-*' \\\n";
    for (const OptionRow& row : option_table()) {
        if (!is_offered(row)) continue;
        std::string values;
        if (row.values() == 1) values = ":" + std::string(row.value) + ":" + zsh_action(row);
        if (row.values() == 2) values = ":" + filled(std::string(row.value), {{" ", ": :"}}) + ": ";
        for (const std::string& name : spellings(row)) {
            const char* adjacent = row.values() != 1 ? "" : name.starts_with("--") ? "=" : "+";
            script += "  '*" + name + adjacent + "[" + plain_text(row.help) + "]" + values + "' \\\n";
        }
    }
    return script + "  '(-)1:program: _command_names -e' '*::argument: _normal'\n";
}

constexpr const char* fish_template =
    R"sh(# Completion of scoop-run for fish, made by `scoop-run --completion fish`.
function __scoop_run_has_no_program
    set -l words (commandline -opc)
    set -l skipped 0
    for word in $words[2..]
        if test $skipped -gt 0
            set skipped (math $skipped - 1)
            continue
        end
        switch $word
            case %PAIR%
                set skipped 2
            case %VALUE%
                set skipped 1
            case --
                return 1
            case '-*'
            case '*'
                return 1
        end
    end
    return 0
end
complete -c scoop-run -n __scoop_run_has_no_program -f -a '(__fish_complete_command)'
)sh";

std::string fish_script() {
    std::string script =
        filled(fish_template, {{"%PAIR%", names_of([](const OptionRow& row) { return row.values() == 2; }, " ")},
                               {"%VALUE%", names_of([](const OptionRow& row) { return row.values() == 1; }, " ")}});
    for (const OptionRow& row : option_table()) {
        if (!is_offered(row)) continue;
        script += "complete -c scoop-run -n __scoop_run_has_no_program";
        if (row.short_name != 0) script += std::string(" -s ") + row.short_name;
        script += " -l " + std::string(row.name);
        if (!choices(row).empty())
            script += " -x -a '" + choices(row) + "'";
        else if (takes_hosts(row))
            script += " -x -a '(__fish_print_hostnames)'";
        else if (row.values() > 0)
            script += takes_file(row) || takes_directory(row) ? " -r -F" : " -x";
        script += " -d '" + plain_text(row.help) + "'\n";
    }
    return script;
}

}  // namespace

std::string completion_script(std::string_view shell) {
    if (shell == "bash") return bash_script();
    return shell == "zsh" ? zsh_script() : fish_script();
}

}  // namespace scoop::launcher
