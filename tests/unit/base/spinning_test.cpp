#include "base/spinning.hpp"

#include <doctest/doctest.h>

#include <array>
#include <chrono>

#include "base/wakeup.hpp"

using namespace scoop;
using namespace std::chrono_literals;

TEST_CASE("who spins sees what is ready, a call, and the end of the time") {
    struct Spinning {
        Spinning() { base::set_spinning(true); }
        ~Spinning() { base::set_spinning(false); }
    } const spinning;
    base::Wakeup wakeup;
    std::array<pollfd, 1> items{{{wakeup.fd(), POLLIN, 0}}};
    const auto never = [] { return false; };
    CHECK(base::poll_or_spin(items, 0, never) == 0);
    const auto start = base::Clock::now();
    CHECK(base::poll_or_spin(items, 20, never) == 0);
    CHECK(base::Clock::now() - start >= 20ms);
    int looks = 0;
    CHECK(base::poll_or_spin(items, -1, [&] { return ++looks == 3; }) == 0);
    wakeup.signal();
    CHECK(base::poll_or_spin(items, -1, never) == 1);
    CHECK(items[0].revents == POLLIN);
}
