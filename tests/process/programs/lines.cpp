// Many numbered lines from every worker at once, and who counts them at the other end:
//
//     scoop-run -n RANKS lines write COUNT | lines check RANKS COUNT [label]
//
// `check` ends with status 1 and names the first line that is wrong, missing or mixed with another.
#include <cstdio>
#include <iostream>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

std::string line_of(int rank, long number) {
    const auto filler_size = static_cast<std::size_t>(number * 7 % 61);
    return std::to_string(rank) + ' ' + std::to_string(number) + ' ' +
           std::string(filler_size, static_cast<char>('a' + rank % 26));
}

// Every other worker leaves the cuts to the buffer of stdio, which knows no lines.
int write_lines(long count) {
    const bool writes_each = scoop::rank() % 2 == 0;
    for (long number = 0; number < count; ++number) {
        const std::string line = line_of(scoop::rank(), number) + '\n';
        std::fwrite(line.data(), 1, line.size(), stdout);
        if (writes_each) std::fflush(stdout);
    }
    std::fflush(stdout);
    return 0;
}

int write_everywhere(int argc, char** argv) {
    if (argc != 3) throw std::invalid_argument("usage: lines write COUNT, or lines check RANKS COUNT [label]");
    (void)scoop::on_each_worker<write_lines>(std::stol(argv[2]));
    return 0;
}

// The rank that the line says it is of, after its label if it has one.
std::size_t check_line(std::string_view line, bool has_label, const std::vector<long>& next) {
    std::string_view label;
    if (has_label) {
        const auto end = line.find("] ");
        if (!line.starts_with('[') || end == std::string_view::npos) throw std::runtime_error("no label");
        label = line.substr(1, line.find(' ') - 1);
        line.remove_prefix(end + 2);
    }
    const std::string_view rank_text = line.substr(0, line.find(' '));
    if (has_label && label != rank_text) throw std::runtime_error("the label of another rank");
    const auto rank = static_cast<std::size_t>(std::stoul(std::string(rank_text)));
    if (line != line_of(static_cast<int>(rank), next.at(rank))) throw std::runtime_error("lost or mixed");
    return rank;
}

int check(int argc, char** argv) {
    std::ios::sync_with_stdio(false);
    std::vector<long> next(std::stoul(argv[2]));
    const long count = std::stol(argv[3]);
    const bool has_label = argc > 4;
    long number = 0;
    for (std::string line; std::getline(std::cin, line); ++number) {
        try {
            ++next.at(check_line(line, has_label, next));
        } catch (const std::exception& error) {
            std::cerr << "line " << number << ": " << error.what() << ": " << line << std::endl;
            return 1;
        }
    }
    for (std::size_t rank = 0; rank < next.size(); ++rank) {
        if (next[rank] == count) continue;
        std::cerr << "rank " << rank << ": " << next[rank] << " lines" << std::endl;
        return 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 3 && std::string_view(argv[1]) == "check") return check(argc, argv);
    return scoop::run(argc, argv, write_everywhere);
}
