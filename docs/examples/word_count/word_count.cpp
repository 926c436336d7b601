// Counts the words of all files below a directory, a task for each file, and prints the most frequent ones.
//
// usage: word_count [directory]
//
// A word is a run of the letters a to z in either case. The files are read where the task runs, so every host must have
// them under the same path. At the end the root counts once more on its own and compares.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using Counts = std::unordered_map<std::string, std::int64_t>;

Counts count_words(const std::filesystem::path& file) {
    std::ifstream text(file, std::ios::binary);
    if (!text) throw std::runtime_error("cannot read " + file.string());
    Counts counts;
    std::string word;
    const auto end_word = [&] {
        if (!word.empty()) ++counts[word];
        word.clear();
    };
    for (std::istreambuf_iterator<char> next(text), end; next != end; ++next) {
        const char letter = static_cast<char>(*next | 0x20);  // in lower case, if it is a letter
        if (letter >= 'a' && letter <= 'z') {
            word += letter;
        } else {
            end_word();
        }
    }
    end_word();
    return counts;
}

void add(Counts& total, const Counts& part) {
    for (const auto& [word, count] : part) total[word] += count;
}

std::vector<std::filesystem::path> files_below(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
        if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
    return files;
}

void print_most_frequent(const Counts& counts, std::size_t words) {
    std::vector<std::pair<std::string, std::int64_t>> top(std::min(words, counts.size()));
    std::partial_sort_copy(counts.begin(), counts.end(), top.begin(), top.end(), [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    for (const auto& [word, count] : top) std::cout << std::setw(8) << count << ' ' << word << '\n';
}

int program(int argc, char** argv) {
    const auto files = files_below(argc > 1 ? argv[1] : "/usr/share/common-licenses");

    Counts counts;
    for (const Counts& part : scoop::map<count_words>(files)) add(counts, part);
    print_most_frequent(counts, 10);
    std::cout << files.size() << " files, " << counts.size() << " different words\n";

    Counts serial;
    for (const auto& file : files) add(serial, count_words(file));
    const bool agree = counts == serial;
    std::cout << (agree ? "the serial count agrees\n" : "the serial count differs\n");
    return agree ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
