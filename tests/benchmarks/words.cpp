// Counting words as in docs/examples/word_count, a task for each file: bytes of text per second.
//
// The text is made up beforehand, in a directory of its own, and the kernel has it in memory: no disk is measured.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "report.hpp"

namespace {

constexpr std::size_t file_bytes = std::size_t{1} << 20;
constexpr int files = 64;
constexpr double vocabulary = 20'000;

using Counts = std::unordered_map<std::string, std::int64_t>;

// The k-th most frequent word is about 1/k as frequent as the first, as in natural languages, and seldom short.
std::string random_word(std::mt19937_64& random) {
    const double exponent = std::uniform_real_distribution<double>()(random);
    std::string word;
    for (auto number = static_cast<std::uint64_t>(std::pow(vocabulary, exponent)); number > 0; number /= 12)
        word += {static_cast<char>('a' + number % 12), static_cast<char>('n' + number % 7)};
    return word;
}

// Returns how many words the file has.
std::int64_t write_text(const std::filesystem::path& file, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string text;
    std::int64_t words = 0;
    for (; text.size() < file_bytes; ++words) text += random_word(random) + (words % 12 == 11 ? '\n' : ' ');
    std::ofstream(file, std::ios::binary) << text;
    return words;
}

Counts count_words(const std::filesystem::path& file) {
    std::ifstream text(file, std::ios::binary);
    if (!text) throw std::runtime_error("cannot read " + file.string());
    Counts counts;
    std::string word;
    for (std::istreambuf_iterator<char> next(text), end; next != end; ++next) {
        if (*next >= 'a' && *next <= 'z') {
            word += *next;
        } else if (!word.empty()) {
            ++counts[word];
            word.clear();
        }
    }
    return counts;
}

int measure(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> paths;
    std::int64_t words = 0;
    double bytes = 0;
    for (int i = 0; i < files; ++i) {
        paths.push_back(directory / std::to_string(i));
        words += write_text(paths.back(), static_cast<std::uint64_t>(i));
        bytes += static_cast<double>(std::filesystem::file_size(paths.back()));
    }
    const bench::Stopwatch watch;
    Counts total;
    for (const Counts& part : scoop::map<count_words>(paths))
        for (const auto& [word, count] : part) total[word] += count;
    bench::report("64 files of 1 MiB", bytes / watch.seconds(), "B/s");
    for (const auto& [word, count] : total) words -= count;
    if (words != 0) std::cerr << "words: " << words << " words were not counted\n";
    return words == 0 ? 0 : 1;
}

int program() {
    std::string name = std::filesystem::temp_directory_path() / "words.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory like " + name);
    const int status = measure(name);
    std::filesystem::remove_all(name);
    return status;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
