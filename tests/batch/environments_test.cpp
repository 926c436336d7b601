// Reads job environments (environments/README.md) and compares the hosts that are found with those the system reports.
//
// usage: environments_test DIRECTORY. Prints what differs; status 1 if something does.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "hostfile/allocation.hpp"

using namespace scoop;

namespace {

constexpr std::size_t samples_min = 10;  // fewer: the directory is the wrong one

struct Sample {
    std::string expected;  ///< "slurm: a:2 b:1", "none", or how a refusal begins behind "refused: "
    std::string system;    ///< for --batch; empty: any
    hostfile::Variables variables;
    std::map<std::string, std::string> files;
    std::map<std::string, std::string> commands;  ///< what they print
};

bool take_prefix(std::string& line, const std::string& prefix) {
    if (!line.starts_with(prefix)) return false;
    line.erase(0, prefix.size());
    return true;
}

Sample read_sample(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    Sample sample;
    std::string* file = nullptr;  // the one whose lines come; or what a command prints
    std::string line;
    while (std::getline(stream, line)) {
        const std::size_t equals = line.find('=');
        if (take_prefix(line, "=== "))
            file = &sample.files[line];
        else if (take_prefix(line, "$ "))
            file = &sample.commands[line];
        else if (file != nullptr)
            *file += line + '\n';
        else if (line.starts_with('#') || line.empty())
            continue;
        else if (take_prefix(line, "expect "))
            sample.expected = line;
        else if (take_prefix(line, "batch "))
            sample.system = line;
        else if (equals != std::string::npos)
            sample.variables[line.substr(0, equals)] = line.substr(equals + 1);
        else
            throw std::runtime_error(path.string() + ": cannot understand \"" + line + "\"");
    }
    return sample;
}

std::string found_in(const Sample& sample) {
    hostfile::JobSources sources;
    sources.variables = sample.variables;
    sources.read_file = [&](const std::string& path) -> base::Result<std::string> {
        const auto file = sample.files.find(path);
        if (file == sample.files.end()) return base::failure("read " + path, "no such file or directory");
        return file->second;
    };
    sources.run_command = [&](const std::vector<std::string>& words) -> base::Result<std::string> {
        std::string command;
        for (const std::string& word : words) command += (command.empty() ? "" : " ") + word;
        const auto printed = sample.commands.find(command);
        if (printed == sample.commands.end()) return base::failure("run " + command, "no such file or directory");
        return printed->second;
    };
    const auto found = hostfile::find_allocation(sources, sample.system);
    if (!found) return "refused: " + found.error().sentence();
    if (!*found) return "none";
    std::string text = (*found)->system + ":";
    for (const hostfile::Host& host : (*found)->hosts)
        text += " " + host.name + ":" + (host.slots ? std::to_string(*host.slots) : "?");
    return text;
}

bool matches(const std::string& found, const std::string& expected) {
    return expected.starts_with("refused: ") ? found.starts_with(expected) : found == expected;
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 2) throw std::runtime_error("usage: environments_test DIRECTORY");
    std::size_t count = 0;
    std::size_t wrong = 0;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        if (entry.path().extension() != ".txt") continue;
        ++count;
        const Sample sample = read_sample(entry.path());
        const std::string found = found_in(sample);
        if (matches(found, sample.expected)) continue;
        ++wrong;
        std::printf("%s\n  expected %s\n  found    %s\n", entry.path().filename().c_str(), sample.expected.c_str(),
                    found.c_str());
    }
    std::printf("%zu environments, %zu wrong\n", count, wrong);
    return count < samples_min || wrong > 0 ? 1 : 0;
} catch (const std::exception& error) {
    std::printf("environments_test: %s\n", error.what());
    return 1;
}
