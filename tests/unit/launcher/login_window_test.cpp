// How many log-ins through one server are under way at a time.
#include "launcher/login_window.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

namespace {

using namespace scoop;
using launcher::LoginWindow;

// Nobody says stop, or somebody has.
struct Stop {
    base::Wakeup wakeup;
    [[nodiscard]] int fd() const { return wakeup.fd(); }
};

}  // namespace

TEST_CASE("a window is halved once for all that were under way together") {
    LoginWindow window;
    const Stop never;
    std::deque<LoginWindow::Place> places;
    for (int k = 0; k < 20; ++k) places.push_back(*window.enter("gate", never.fd()));
    CHECK(window.width_of("gate") == LoginWindow::width_first);
    for (auto& place : places) place.tell_refused();
    CHECK(window.width_of("gate") == 10);
    places.clear();
    for (int width = 5; width >= 1; width /= 2) {
        for (int k = 0; k < 2 * width; ++k) places.push_back(*window.enter("gate", never.fd()));
        for (auto& place : places) place.tell_refused();
        places.clear();
        CHECK(window.width_of("gate") == static_cast<std::size_t>(width));
    }
    auto last = *window.enter("gate", never.fd());
    last.tell_refused();
    CHECK(window.width_of("gate") == 1);
    CHECK(window.width_of("another") == LoginWindow::width_first);
}

TEST_CASE("who finds the window full waits for somebody to leave, or for the stop") {
    LoginWindow window;
    const Stop never;
    {
        auto first = *window.enter("gate", never.fd());
        first.tell_refused();
    }
    REQUIRE(window.width_of("gate") == 1);

    auto place = window.enter("gate", never.fd());
    Stop stop;
    stop.wakeup.signal();
    CHECK_FALSE(window.enter("gate", stop.fd()));
    CHECK(window.enter("another", never.fd()));

    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    std::vector<std::thread> threads;
    for (int k = 0; k < 8; ++k)
        threads.emplace_back([&] {
            const auto mine = window.enter("gate", never.fd());
            most = std::max(most.load(), ++inside);
            --inside;
        });
    place.reset();
    for (auto& thread : threads) thread.join();
    CHECK(most == 1);
}
