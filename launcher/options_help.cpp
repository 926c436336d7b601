// The help and the version of scoop-run, laid out for a terminal of 80 columns.
#include <string>
#include <string_view>

#include "base/program_info.hpp"
#include "launcher/options_table.hpp"
#include "protocol/version.hpp"

namespace scoop::launcher {

namespace {

constexpr std::size_t line_width = 80;
constexpr std::size_t text_column = 27;

/// "  -n, --np N", long names below each other whether or not there is a short one.
std::string row_head(const OptionRow& row) {
    std::string head = row.short_name != 0 ? std::string("  -") + row.short_name + ", " : std::string(6, ' ');
    head += "--" + std::string(row.name);
    if (!row.value.empty()) head += " " + std::string(row.value);
    return head;
}

/// Adds `text` from `column` of the unfinished last line on, broken at blanks; further lines begin at text_column.
void append_wrapped(std::string& page, std::size_t column, std::string_view text) {
    if (column + 2 > text_column) {
        page += '\n';
        column = 0;
    }
    page += std::string(text_column - column, ' ');
    column = text_column;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size() + (word.size() < text.size() ? 1 : 0));
        if (column > text_column && column + 1 + word.size() > line_width) {
            page += "\n" + std::string(text_column, ' ');
            column = text_column;
        } else if (column > text_column) {
            page += ' ';
            ++column;
        }
        page += word;
        column += word.size();
    }
    page += '\n';
}

}  // namespace

std::string help_text() {
    std::string page =
        "Usage: scoop-run [options] [--] program [arguments]\n"
        "\n"
        "Starts program as one job of N workers: on the hosts given, on those of the\n"
        "batch job that this runs in, or on this machine. Its root runs the program; the\n"
        "tasks the program submits run on all workers.\n";
    std::string_view section;
    for (const OptionRow& row : option_table()) {
        if (row.help.empty()) continue;
        if (row.section != section) page += "\n" + std::string(row.section) + ":\n";
        section = row.section;
        const std::string head = row_head(row);
        page += head;
        append_wrapped(page, head.size(), row.help);
    }
    page +=
        "\n"
        "Environment: SCOOP_HOSTFILE, the hostfile when neither --hosts nor --hostfile is\n"
        "given; SCOOP_RUN_OPTIONS, options that the command line may overrule, as it may\n"
        "those in ~/.config/scoop/run.conf.\n"
        "\n"
        "Exit status: the program's own; 128+N when signal N killed it; 2 wrong usage or\n"
        "hostfile; 120 a host or worker could not be started; 121 the root's host was\n"
        "lost; 124 time-out; 125 internal error; 126 not a program for scoop-run;\n"
        "127 program not found. See scoop-run(1).\n";
    return page;
}

std::string version_text() {
    return "scoop-run " + std::string(base::library_version) + " (protocol " + std::to_string(protocol::version) +
           ")\n";
}

}  // namespace scoop::launcher
