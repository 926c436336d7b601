// Future::running(): true while somebody executes the task, wherever that is.
#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <scoop/scoop.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A directory in which tasks say that they run, and learn that they may end: on one host.
class Meeting {
public:
    static bool is_possible() { return scoop::hosts().size() == 1; }
    Meeting() {
        std::string name = (fs::temp_directory_path() / "scoop-running-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no directory can be made in /tmp");
        path_ = name;
    }
    ~Meeting() { fs::remove_all(path_); }
    Meeting(const Meeting&) = delete;
    Meeting& operator=(const Meeting&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }
    void end() const { std::ofstream(path_ / "end") << '\n'; }
    [[nodiscard]] std::set<int> tasks() const { return numbers("task"); }
    [[nodiscard]] std::set<int> ranks() const { return numbers("rank"); }

    /// In a task: does not end, and lets no other task run here, before the meeting does.
    static int attend(const std::string& path, int task) {
        std::ofstream(path + "/rank" + std::to_string(scoop::rank())) << '\n';
        std::ofstream(path + "/task" + std::to_string(task)) << '\n';
        const auto limit = std::chrono::steady_clock::now() + 120s;
        while (!fs::exists(path + "/end") && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(1ms);
        return task;
    }

private:
    [[nodiscard]] std::set<int> numbers(const std::string& word) const {
        std::set<int> found;
        for (const auto& entry : fs::directory_iterator(path_)) {
            const std::string name = entry.path().filename().string();
            if (name.starts_with(word)) found.insert(std::stoi(name.substr(word.size())));
        }
        return found;
    }
    fs::path path_;
};

int where(int) { return scoop::rank(); }

/// A worker that has found tasks to be short asks for many at a time: then some that follow are queued there.
void make_all_ask_for_many() {
    std::set<int> ranks{0};
    while (ranks.size() < static_cast<std::size_t>(scoop::size())) {
        std::vector<scoop::Future<int>> futures;
        for (int i = 0; i < 10'000; ++i) futures.push_back(scoop::submit<where>(i));
        for (auto& future : futures) ranks.insert(future.get());
    }
}

template <class Condition>
bool becomes_true(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

}  // namespace

TEST_CASE("a future runs while its task is executed, not while it is queued, here or elsewhere") {
    if (!Meeting::is_possible()) return;
    make_all_ask_for_many();
    const Meeting meeting;
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 64; ++i) futures.push_back(scoop::submit<Meeting::attend>(meeting.path(), i));
    const auto running = [&] {
        std::set<int> found;
        for (std::size_t i = 0; i < futures.size(); ++i)
            if (futures[i].running()) found.insert(static_cast<int>(i));
        return found;
    };
    const auto all_others_attend = [&] {
        const std::set<int> ranks = meeting.ranks();
        if (scoop::size() == 1) return ranks.contains(0);
        for (int rank = 1; rank < scoop::size(); ++rank)
            if (!ranks.contains(rank)) return false;
        return true;
    };
    CHECK(becomes_true([&] { return all_others_attend() && running() == meeting.tasks(); }));
    meeting.end();
    for (int i = 0; i < 64; ++i) {
        auto& future = futures[static_cast<std::size_t>(i)];
        CHECK(future.wait_for(60s));
        CHECK_FALSE(future.running());
        CHECK(future.get() == i);
    }
}

TEST_CASE("a task that waits is still running") {
    if (!Meeting::is_possible()) return;
    const Meeting meeting;
    auto outer = scoop::submit([](const std::string& path) { return scoop::submit<Meeting::attend>(path, 0).get(); },
                               meeting.path());
    CHECK(becomes_true([&] { return !meeting.tasks().empty() && outer.running(); }));
    meeting.end();
    CHECK(outer.get(60s) == 0);
}
