// How a job's quantities are said.
#include "launcher/job_words.hpp"

#include <doctest/doctest.h>

using namespace scoop::launcher;
using namespace std::chrono_literals;

TEST_CASE("times are said in seconds") {
    CHECK(seconds_text(5s) == "5 s");
    CHECK(seconds_text(1050ms) == "1.050 s");
    CHECK(seconds_text(0s) == "0 s");
}

TEST_CASE("ranks that follow each other are a range") {
    CHECK(ranks_text({3}) == "rank 3");
    CHECK(ranks_text({0, 1, 2, 3}) == "ranks 0-3");
    CHECK(ranks_text({0, 2, 3, 7}) == "ranks 0,2-3,7");
}
