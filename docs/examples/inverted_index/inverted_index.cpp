// In which files of a directory each word occurs: every file is indexed where a task runs, and the indexes are merged
// two by two on the way to the root.
//
// run: scoop-run -n 4 inverted_index [directory [word...]]
//
// map_reduce combines results in the order of its input, so a merged list of files is in ascending order without ever
// being sorted. The files are read where the task runs: every host must have them under the same path. At the end the
// root makes the index once more on its own and compares.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using Files = std::vector<std::filesystem::path>;
using Index = std::map<std::string, std::vector<std::uint32_t>>;  // numbers of files, ascending

Index index_file(std::uint32_t number, const std::filesystem::path& file) {
    std::ifstream text(file, std::ios::binary);
    if (!text) throw std::runtime_error("cannot read " + file.string());
    Index index;
    std::string word;
    const auto end_word = [&] {
        if (!word.empty()) index.try_emplace(std::exchange(word, {}), 1, number);
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
    return index;
}

/// The files of `later` come behind those of `index`.
void merge(Index& index, Index&& later) {
    index.merge(later);  // what is left there are the words that both know
    for (const auto& [word, files] : later) {
        auto& known = index[word];
        known.insert(known.end(), files.begin(), files.end());
    }
}

Files files_below(const std::filesystem::path& directory) {
    Files files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
        if (entry.is_regular_file() && !entry.is_symlink()) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

void print_files_with(const std::string& word, const Index& index, const Files& files) {
    const auto found = index.find(word);
    if (found == index.end()) {
        std::cout << word << ": in no file\n";
        return;
    }
    std::cout << word << ": in " << found->second.size() << " files, the first is "
              << files[found->second.front()].string() << '\n';
}

int program(int argc, char** argv) {
    const Files files = files_below(argc > 1 ? argv[1] : "/usr/share/common-licenses");
    const Index index = scoop::map_reduce<index_file, merge>(
        scoop::initial(Index{}), scoop::range(static_cast<std::uint32_t>(files.size())), files);
    std::cout << index.size() << " words in " << files.size() << " files\n";
    for (int i = 2; i < argc; ++i) print_files_with(argv[i], index, files);

    Index serial;
    for (std::uint32_t number = 0; number < files.size(); ++number) merge(serial, index_file(number, files[number]));
    const bool agree = index == serial;
    std::cout << (agree ? "the serial index agrees\n" : "the serial index differs\n");
    return agree ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
