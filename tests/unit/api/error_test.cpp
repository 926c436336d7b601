#include "scoop/error.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <type_traits>

TEST_CASE("a RemoteError says what was thrown and where") {
    const scoop::RemoteError error("solver::Diverged", "residual 1e9", "node7", 12);
    const scoop::RemoteError copy = error;
    CHECK(copy.type_name() == "solver::Diverged");
    CHECK(std::string(copy.what()) == "residual 1e9");
    CHECK(copy.host() == "node7");
    CHECK(copy.rank() == 12);
}

TEST_CASE("a WorkerLost says how the worker ended as a sentence") {
    CHECK(std::string(scoop::WorkerLost("node7", 12, {SIGKILL, 0}, 3).what()) ==
          "the task was lost with its worker in 3 attempts, the last on node7 (rank 12), killed by signal 9 (SIGKILL)");
    CHECK(std::string(scoop::WorkerLost("node7", 12, {0, 3}, 1).what()) ==
          "the task was lost with its worker in 1 attempt, the last on node7 (rank 12), which exited with status 3");
    CHECK(std::string(scoop::WorkerLost("node7", 12, {SIGKILL, 0, 5 * 1024 + 1}, 1).what()) ==
          "the task was lost with its worker in 1 attempt, the last on node7 (rank 12), killed by signal 9 (SIGKILL), "
          "with "
          "6 MiB of memory at most");
    CHECK(std::string(scoop::WorkerLost("node7", 12, {}, 1).what()) ==
          "the task was lost with its worker in 1 attempt, the last on node7 (rank 12)");
    CHECK(std::string(scoop::WorkerLost("nobody is left", "node7", 12, {SIGKILL, 0}, 0).what()) ==
          "nobody is left; the last was on node7 (rank 12), killed by signal 9 (SIGKILL)");
    CHECK(std::string(scoop::WorkerLost("nobody is left", "", 0, {}, 0).what()) == "nobody is left");
}

TEST_CASE("copying an error cannot throw") {
    static_assert(std::is_nothrow_copy_constructible_v<scoop::RemoteError>);
    static_assert(std::is_nothrow_copy_constructible_v<scoop::WorkerLost>);
    static_assert(std::is_nothrow_copy_constructible_v<scoop::TimeoutError>);
    CHECK(true);
}
