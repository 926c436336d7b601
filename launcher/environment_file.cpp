#include "launcher/environment_file.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "launcher/job_environment.hpp"

namespace scoop::launcher {

namespace {

std::string_view without_spaces_before(std::string_view line) {
    return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

}  // namespace

base::Result<std::vector<std::string>> parse_environment_file(const std::string& file, std::string_view text) {
    std::vector<std::string> requests;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);  // written elsewhere
        line = without_spaces_before(line);
        if (line.empty() || line.starts_with('#')) continue;
        auto checked = check_environment_request(line);
        if (line.substr(0, line.find('=')).find_first_of(" \t") != std::string_view::npos)
            checked = tl::unexpected<std::string>("expected NAME=VALUE, without `export` and spaces before the \"=\"");
        // It would end where the worker is started.
        if (line.find('\0') != std::string_view::npos)
            checked = tl::unexpected<std::string>("expected no byte of value zero");
        if (!checked)
            return base::failure("read the variables in " + file + ":" + std::to_string(number),
                                 std::string(line) + ": " + checked.error());
        requests.emplace_back(line);
    }
    return requests;
}

}  // namespace scoop::launcher
