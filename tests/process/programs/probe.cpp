// The program that the process and lab tests start: `probe MODE [ARGUMENT…]` does one observable thing.
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

int where() { return scoop::rank(); }
int where_after(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    return scoop::rank();
}
std::string host_after(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    return scoop::host();
}
std::string nested_host_after(const std::vector<std::string>& tags, double seconds) {
    return scoop::submit<host_after>(scoop::TaskOptions{.needs = tags}, seconds).get();
}
long square(long n) { return n * n; }

// Leaves one line in the file, in one write: several processes append. Goes on until there is no FILE.hold.
int sign(const std::string& file, int number, double seconds) {
    const std::string line = std::to_string(number) + '\n';
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || ::write(fd, line.data(), line.size()) < 0) throw std::runtime_error("cannot write " + file);
    ::close(fd);
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    while (std::filesystem::exists(file + ".hold")) std::this_thread::sleep_for(5ms);
    return scoop::rank();
}

// Keeps a processor busy in steps, so that the worker is in the middle of its work whenever it is killed; the first
// call in a process also leaves a child in a session of its own.
int work(double seconds, bool leave_child) {
    static bool has_child = false;
    if (leave_child && !has_child) {
        has_child = true;
        if (::fork() == 0) {
            ::setsid();
            ::signal(SIGTERM, SIG_IGN);
            if (::fork() == 0) {
                for (;;) ::pause();
            }
            for (;;) ::pause();
        }
    }
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    volatile double sink = 0;
    while (Clock::now() < end) sink = sink + 1;
    return scoop::rank();
}

int write_lines(int first, int count) {
    for (int i = first; i < first + count; ++i)
        std::cout << "line " << i << " of a task, ended by a newline" << std::endl;
    return count;
}

// Each of one letter that only this worker has.
void write_long_lines(int count, std::size_t size) {
    for (int i = 0; i < count && scoop::rank() != 0; ++i)
        std::cout << std::string(size, static_cast<char>('a' + scoop::rank())) << std::endl;
}

long fail_on(long n) { return n == 3 ? throw std::domain_error("three") : n; }

int overflow(int n) {
    volatile char room[4096];
    room[0] = static_cast<char>(n);
    return n < 0 ? 0 : overflow(n + 1) + room[0];
}

// The k-th call in a process ends when so many processes have begun their k-th one.
int meet(const std::string& folder, int workers) {
    static int calls = 0;
    const std::string round = "round " + std::to_string(++calls) + " ";
    std::ofstream(folder + "/" + round + std::to_string(scoop::rank())) << "";
    const auto has_begun = [&](const auto& entry) { return entry.path().filename().string().starts_with(round); };
    do {
        std::this_thread::sleep_for(50ms);
    } while (std::ranges::count_if(std::filesystem::directory_iterator(folder), has_begun) < workers);
    return scoop::rank();
}

// If one worker keeps a task that another one could begin, this does not end.
int report_balance(const std::vector<std::string>& arguments) {
    for (long i = 0; i < 200; ++i) (void)scoop::submit<square>(i).get();
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 12; ++i) futures.push_back(scoop::submit<meet>(arguments.at(0), std::stoi(arguments.at(1))));
    std::map<int, int> counts;
    for (auto& future : futures) ++counts[future.get()];
    for (const auto& [rank, count] : counts) std::cout << rank << ':' << count << ' ';
    std::cout << std::endl;
    return 0;
}

bool input_has_ended() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    char dropped[64];
    return poll(&input, 1, 0) == 1 && read(STDIN_FILENO, dropped, sizeof dropped) <= 0;
}

// With until_told again and again, with higher numbers, until its input has ended; prints how many have signed then.
int sign_many(const std::vector<std::string>& arguments, bool until_told) {
    int count = 0;
    do {
        std::vector<scoop::Future<int>> futures;
        for (int i = 0; i < std::stoi(arguments.at(1)); ++i)
            futures.push_back(scoop::submit<sign>(arguments.at(0), count++, std::stod(arguments.at(2))));
        for (auto& future : futures) (void)future.get();
    } while (until_told && !input_has_ended());
    if (until_told) std::cout << "signed " << count << std::endl;
    return 0;
}

int work_until_killed(bool leave_children, double task_seconds = 0.05) {
    std::cout << "working" << std::endl;
    for (;;) {
        std::vector<scoop::Future<int>> futures;
        for (int i = 0; i < 4 * scoop::size(); ++i)
            futures.push_back(scoop::submit<work>(task_seconds, leave_children));
        for (auto& future : futures) (void)future.get();
    }
}

int leaf(int number) {
    std::this_thread::sleep_for(50ms);
    return number;
}

int branch(int number) {
    auto one = scoop::submit<leaf>(1);
    return scoop::submit<leaf>(number).get() + one.get();
}

int sum_of_branches(int count) {
    std::vector<scoop::Future<int>> futures;
    for (int number = 0; number < count; ++number) futures.push_back(scoop::submit<branch>(number));
    int sum = 0;
    for (auto& future : futures) sum += future.get();
    return sum;
}

// Sums again and again until its input has ended, however long that takes, and prints every sum that differs.
int sum_until_told(const std::vector<std::string>& arguments) {
    const int count = std::stoi(arguments.at(0));
    const int first = sum_of_branches(count);
    std::cout << first << std::endl;
    while (!input_has_ended())
        if (const int sum = sum_of_branches(count); sum != first) std::cout << sum << std::endl;
    return 0;
}

int print_lines(const std::vector<std::string>& arguments) {
    const int tasks = std::stoi(arguments.at(0));
    const int each = std::stoi(arguments.at(1));
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < tasks; ++i) futures.push_back(scoop::submit<write_lines>(i * each, each));
    int sum = 0;
    for (auto& future : futures) sum += future.get();
    std::cerr << "printed " << sum << std::endl;
    return 0;
}

int print_long_lines(const std::vector<std::string>& arguments) {
    scoop::on_each_worker<write_long_lines>(std::stoi(arguments.at(0)), std::stoul(arguments.at(1)));
    return 0;
}

// The program of a worker, and what is in the directory of --stage: name, mode and the sum of all bytes of each file.
std::string staged_files() {
    namespace fs = std::filesystem;
    const char* directory = std::getenv("SCOOP_STAGE_DIR");
    std::string text = scoop::host() + " " + fs::read_symlink("/proc/self/exe").string();
    if (directory == nullptr) return text;
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(directory)) {
        std::ifstream file(entry.path(), std::ios::binary);
        unsigned long sum = 0;
        for (char byte = 0; file.get(byte);) sum += static_cast<unsigned char>(byte);
        files[entry.path().filename().string()] =
            std::to_string(static_cast<unsigned>(entry.status().permissions())) + " " + std::to_string(sum);
    }
    for (const auto& [name, facts] : files) text += " | " + name + " " + facts;
    return text;
}

int show_staged() {
    for (const auto& line : scoop::on_each_worker<staged_files>()) std::cout << line << std::endl;
    return 0;
}

int show_topology() {
    std::cout << "rank " << scoop::rank() << " of " << scoop::size() << " on " << scoop::host() << ", launched "
              << scoop::launched() << ", hosts";
    for (const auto& host : scoop::hosts()) std::cout << ' ' << host;
    std::cout << std::endl;
    return 0;
}

// Where a worker is, how it is run, and what it has of these variables, values in brackets.
std::string surroundings(const std::vector<std::string>& variables) {
    std::string text =
        std::filesystem::current_path().string() + " nice " + std::to_string(::getpriority(PRIO_PROCESS, 0));
    for (const std::string& name : variables) {
        const char* value = std::getenv(name.c_str());
        text += " " + name + (value == nullptr ? "" : "=[" + std::string(value) + "]");
    }
    return text;
}

int show_surroundings(const std::vector<std::string>& variables) {
    int rank = 0;
    for (const std::string& text : scoop::on_each_worker<surroundings>(variables))
        std::cout << rank++ << ": " << text << std::endl;
    return 0;
}

int echo_input() {
    std::string line;
    while (std::getline(std::cin, line)) std::cout << "read " << line << std::endl;
    std::cout << "end of input" << std::endl;
    return 0;
}

// Lines that end late or never.
int prompt() {
    std::cout << "name? " << std::flush;
    std::string name;
    std::getline(std::cin, name);
    std::cout << name << "\nno newline at the end" << std::flush;
    return 0;
}

int sleep_quietly(const std::vector<std::string>& arguments) {
    std::cout << "sleeping" << std::endl;
    std::this_thread::sleep_for(std::chrono::duration<double>(std::stod(arguments.at(0))));
    return 0;
}

// Names the signals that come; SIGTERM and SIGHUP are the end, in the program's own way.
volatile std::sig_atomic_t must_end = 0;
extern "C" void name_signal(int number) {
    const std::string_view name = number == SIGINT    ? "INT\n"
                                  : number == SIGTERM ? "TERM\n"
                                  : number == SIGHUP  ? "HUP\n"
                                  : number == SIGUSR1 ? "USR1\n"
                                  : number == SIGUSR2 ? "USR2\n"
                                  : number == SIGXCPU ? "XCPU\n"
                                  : number == SIGURG  ? "URG\n"
                                                      : "TSTP\n";
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, name.data(), name.size());
    if (number == SIGTERM || number == SIGHUP) must_end = 1;
}

int name_signals() {
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU, SIGURG, SIGTSTP})
        std::signal(number, name_signal);
    std::cout << "listening" << std::endl;
    while (must_end == 0) std::this_thread::sleep_for(10ms);
    return 7;
}

// Where tasks run that need these tags, submitted by the program and by tasks.
int run_with_needs(const std::vector<std::string>& arguments) {
    const double seconds = std::stod(arguments.at(0));
    const std::vector<std::string> tags(arguments.begin() + 1, arguments.end());
    std::vector<scoop::Future<std::string>> futures;
    for (int i = 0; i < 8; ++i)
        futures.push_back(scoop::submit<host_after>(scoop::TaskOptions{.needs = tags}, seconds));
    for (int i = 0; i < 8; ++i) futures.push_back(scoop::submit<nested_host_after>(tags, seconds));
    std::cout << "submitted" << std::endl;
    std::map<std::string, int> counts;
    for (auto& future : futures) ++counts[future.get()];
    for (const auto& [host, count] : counts) std::cout << host << ' ' << count << std::endl;
    return 0;
}

// Says that it has begun by a file, and goes on until there is another one.
int wait_for_file(const std::string& folder) {
    std::ofstream(folder + "/" + std::to_string(scoop::rank())) << "";
    while (!std::filesystem::exists(folder + "/go")) std::this_thread::sleep_for(5ms);
    return scoop::rank();
}

int call_each(const std::vector<std::string>& arguments) {
    try {
        for (const int rank : scoop::on_each_worker<wait_for_file>(arguments.at(0))) std::cout << rank << ' ';
    } catch (const scoop::WorkerLost& error) {
        std::cout << "lost: " << error.what();
    }
    std::cout << std::endl;
    return 0;
}

// A task that does not look at stop_requested() in time, beside others.
int run_overdue() {
    auto stubborn = scoop::submit<work>(scoop::TaskOptions{.timeout = 0.2s, .kill_after = 0.2s}, 60.0, false);
    std::vector<scoop::Future<int>> others;
    for (int i = 0; i < 20; ++i) others.push_back(scoop::submit<where_after>(0.1));
    try {
        (void)stubborn.get();
    } catch (const scoop::TimeoutError& error) {
        std::cout << error.what() << std::endl;
    }
    for (auto& other : others) (void)other.get();
    try {
        (void)scoop::on_each_worker<where>();
    } catch (const scoop::WorkerLost& error) {
        std::cout << "lost: " << error.what() << std::endl;
    }
    return 0;
}

int wait_for_overdue(double seconds) {
    auto stubborn = scoop::submit<work>(scoop::TaskOptions{.timeout = 0.2s, .kill_after = 0.2s}, seconds, false);
    const bool has_timed_out = stubborn.exception() != nullptr;
    (void)scoop::submit<where>().get();  // behind it
    return has_timed_out ? 0 : 1;
}

int throw_in_task() {
    for (long value : scoop::map<fail_on>(scoop::range(10L))) std::cout << value << std::endl;
    return 0;
}

using Arguments = std::vector<std::string>;
const std::map<std::string, std::function<int(const Arguments&)>> modes{
    {"exit", [](const Arguments& a) { return std::stoi(a.at(0)); }},
    {"throw", [](const Arguments&) -> int { throw std::runtime_error("the program gives up"); }},
    {"throw-in-task", [](const Arguments&) { return throw_in_task(); }},
    {"kill", [](const Arguments& a) { return ::raise(std::stoi(a.at(0))); }},
    {"echo",
     [](const Arguments& a) {
         for (const auto& text : a) std::cout << '[' << text << ']' << std::endl;
         return 0;
     }},
    {"where",
     [](const Arguments&) {
         std::cout << scoop::submit<where>().get() << std::endl;
         return 0;
     }},
    {"topology", [](const Arguments&) { return show_topology(); }},
    {"staged", [](const Arguments&) { return show_staged(); }},
    {"surroundings", show_surroundings},
    {"balance", report_balance},
    {"sign", [](const Arguments& a) { return sign_many(a, false); }},
    {"sign-until-told", [](const Arguments& a) { return sign_many(a, true); }},
    {"sleep", sleep_quietly},
    {"work", [](const Arguments&) { return work_until_killed(false); }},
    {"work-long", [](const Arguments&) { return work_until_killed(false, 600); }},
    {"work-with-children", [](const Arguments&) { return work_until_killed(true); }},
    {"sum-until-told", sum_until_told},
    {"lines", print_lines},
    {"long-lines", print_long_lines},
    {"cat", [](const Arguments&) { return echo_input(); }},
    {"prompt", [](const Arguments&) { return prompt(); }},
    {"name-signals", [](const Arguments&) { return name_signals(); }},
    {"run", [](const Arguments& a) { return std::system(a.at(0).c_str()) == 0 ? 0 : 1; }},
    {"needs", run_with_needs},
    {"call-each", call_each},
    {"overdue", [](const Arguments&) { return run_overdue(); }},
    {"overdue-for", [](const Arguments& a) { return wait_for_overdue(std::stod(a.at(0))); }},
    {"overflow", [](const Arguments&) { return scoop::submit<overflow>(0).get(); }},
};

int program(int argc, char** argv) {
    const auto mode = modes.find(argc > 1 ? argv[1] : "");
    if (mode == modes.end()) {
        std::cerr << "probe: no such mode" << std::endl;
        return 99;
    }
    return mode->second(Arguments(argv + 2, argv + argc));
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
