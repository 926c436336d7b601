// The program of journal_test.py: `journal MODE`, calls that leave a trace of each time they are executed.
//
// SCOOP_TRACES names a folder: every execution of call i adds a byte to its file i. While there are more than
// SCOOP_BEFORE files in it and none called "go", executions wait.
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <numeric>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

std::filesystem::path folder() { return std::getenv("SCOOP_TRACES"); }

void leave_trace(const std::string& name) {
    const int file = ::open((folder() / name).c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0 || ::write(file, "x", 1) != 1) std::abort();
    ::close(file);
}

void wait_for_go() {
    const char* const before = std::getenv("SCOOP_BEFORE");
    if (before == nullptr) return;
    const auto traces = [] { return std::distance(std::filesystem::directory_iterator(folder()), {}); };
    while (traces() >= std::atoi(before) && !std::filesystem::exists(folder() / "go")) ::usleep(5000);
}

int square(int i) {
    wait_for_go();
    leave_trace(std::to_string(i));
    ::usleep(30000);  // longer than results are held back (loop.cpp)
    return i * i;
}
void note(int i) { leave_trace(std::to_string(i)); }
std::string text_of(int i) {
    leave_trace(std::to_string(i));
    if (i % 5 == 4) throw std::runtime_error("not this time");
    return std::string(static_cast<std::size_t>(i), 'x');
}
int nested(int i) {
    leave_trace(std::to_string(i));
    return scoop::map<square>(scoop::range(100 * i, 100 * i + 3)).collect().back();
}
int with_constant(int i) {
    leave_trace(std::to_string(i));
    return i + scoop::get_const<int>("offset");
}
int with_shared(int i, const std::vector<int>& shared) {
    leave_trace(std::to_string(i));
    return i + shared.at(0);
}
void search(int i, const scoop::Best<int>& best) {
    leave_trace(std::to_string(i));
    best.offer(-i);
}
int draw(int) {
    leave_trace("draw");
    return static_cast<int>(std::filesystem::file_size(folder() / "draw"));
}
std::string large(int i) {
    leave_trace(std::to_string(i));
    return std::string(100'000, static_cast<char>('a' + i));
}

int total(const std::vector<int>& values) { return std::accumulate(values.begin(), values.end(), 0); }

// What the user may change between two runs without another command line.
int input() {
    std::ifstream file(folder() / "input");
    int value = 0;
    file >> value;
    return value;
}

int run_map() {
    std::cout << total(scoop::map<square>(scoop::range(40)).collect()) << std::endl;
    return 0;
}
int run_as_completed() {
    int sum = 0;
    for (auto& element : scoop::map_as_completed<square>(scoop::range(40))) sum += element.get();
    std::cout << sum << std::endl;
    return 0;
}
int run_with_options() {
    std::cout << total(scoop::map<square>(scoop::TaskOptions{.retries = 1}, scoop::range(40)).collect()) << std::endl;
    return 0;
}
int run_tasks() {
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 40; ++i) futures.push_back(scoop::submit<square>(scoop::TaskOptions{.name = "square"}, i));
    int sum = 0;
    for (auto& future : futures) sum += future.get();
    scoop::submit<note>(1000).get();  // has no name
    std::cout << sum << std::endl;
    return 0;
}
// Everything that a map may be made of, and results that are no plain numbers.
int run_kinds() {
    scoop::map<note>(std::vector<int>{0, 1, 2}).collect();
    std::string told;
    auto texts = scoop::map<text_of>(scoop::range(10, 16));
    for (auto text = texts.begin(); text != texts.end(); ++text) {
        try {
            told += std::to_string((*text).size()) + ' ';
        } catch (const std::runtime_error& error) {
            told += error.what() + std::string(" ");
        }
    }
    told += std::to_string(total(scoop::map<nested>(scoop::range(20, 22)).collect())) + ' ';
    scoop::set_const("offset", input());
    told += std::to_string(total(scoop::map<with_constant>(scoop::range(30, 33)).collect())) + ' ';
    const auto shared = scoop::share(std::vector<int>{input()});
    told += std::to_string(total(scoop::map<with_shared>(scoop::range(40, 43), scoop::fixed(shared)).collect())) + ' ';
    told += std::to_string(
                total(scoop::map<with_shared>(scoop::range(50, 53), scoop::fixed(std::vector<int>{7})).collect())) +
            ' ';
    const scoop::Best<int> best(0);
    scoop::map<search>(scoop::range(60, 63), scoop::fixed(best)).collect();
    std::cout << told << best.get() << std::endl;
    return 0;
}
int run_changed_input() {
    std::vector<int> values(10);
    std::iota(values.begin(), values.end(), 0);
    values[3] = 100 + input();
    values.insert(values.begin(), 200 + input());
    std::cout << total(scoop::map<square>(values).collect()) << std::endl;
    return 0;
}
// Calls that cannot be told apart, each with a result of its own.
int run_draws() {
    std::vector<int> drawn = scoop::map<draw>(scoop::TaskOptions{}, std::vector<int>(8, 1)).collect();
    std::sort(drawn.begin(), drawn.end());
    for (const int value : drawn) std::cout << value << ' ';
    std::cout << std::endl;
    return 0;
}
int run_large() {
    std::size_t size = 0;
    for (const std::string& text : scoop::map<large>(scoop::range(20))) size += text.size();
    std::cout << size << std::endl;
    return 0;
}

const std::map<std::string, std::function<int()>> modes{
    {"map", run_map},
    {"as_completed", run_as_completed},
    {"with_options", run_with_options},
    {"tasks", run_tasks},
    {"kinds", run_kinds},
    {"changed_input", run_changed_input},
    {"draws", run_draws},
    {"large", run_large},
};

}  // namespace

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [](int, char** arguments) { return modes.at(arguments[1])(); });
}
