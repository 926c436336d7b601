// Fuzzes what reads the words of the command line, of SCOOP_RUN_OPTIONS and of run.conf, and the file of --env-file.
//
// The input is four parts, each but the last ended by a zero byte: the arguments, one a line; the variable; the two
// files. Whatever is refused is refused with a sentence; what a file of variables comes to is good for -x; words that
// are quoted for a shell or for us come back as they were.
#include <string>
#include <vector>

#include "fuzz.hpp"
#include "launcher/command_words.hpp"
#include "launcher/environment_file.hpp"
#include "launcher/job_environment.hpp"
#include "launcher/options.hpp"

using namespace scoop;

namespace {

void check_quoting(const std::string& word) {
    const auto again = launcher::split_words(launcher::shell_quoted(word));
    fuzz::require(again && again->size() == 1 && again->front() == word);
}

void check_environment_file(std::string_view text) {
    const auto requests = launcher::parse_environment_file("file", text);
    if (!requests) return fuzz::require(!requests.error().sentence().empty());
    for (const std::string& request : *requests)
        fuzz::require(launcher::check_environment_request(request).has_value());
}

bool runs_nothing(const launcher::Options& options) {
    return options.help || options.version || options.status || !options.completion.empty() || !options.join.empty() ||
           !options.leave.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    fuzz::Input lines = [&] {
        const std::string_view part = input.until('\0');
        return fuzz::Input(reinterpret_cast<const std::uint8_t*>(part.data()), part.size());
    }();
    launcher::OptionDefaults defaults;
    defaults.variable = input.until('\0');
    defaults.file_name = "run.conf";
    defaults.file_text = std::string(input.until('\0'));

    check_environment_file(input.rest());

    std::vector<std::string> words{"scoop-run"};
    while (!lines.is_empty()) words.emplace_back(lines.until('\n'));
    std::vector<const char*> argv;
    for (const std::string& word : words) {
        check_quoting(word);
        argv.push_back(word.c_str());
    }
    const auto options = launcher::parse_options(static_cast<int>(argv.size()), argv.data(), "", defaults);
    if (!options)
        fuzz::require(!options.error().sentence().empty());
    else
        fuzz::require(!options->program.empty() || runs_nothing(*options));
    return 0;
}
