// What a worker leaves behind of what it was doing.
#include "protocol/black_box.hpp"

#include <doctest/doctest.h>

#include "base/unique_fd.hpp"

using namespace scoop;
using namespace scoop::protocol;

TEST_CASE("the task whose own code ran is to blame, and one that waited less") {
    BlackBox box;
    CHECK_FALSE(box.blamed());
    box.set_running(100);
    CHECK_FALSE(box.blamed());  // a task that nobody else knows
    const base::TaskId id{3, 1, 77};
    box.set_remote(id, 100);
    REQUIRE(box.blamed());
    CHECK(box.blamed()->id == id);
    CHECK(box.blamed()->blame == Blame::itself);
    box.set_running(200);
    CHECK(box.blamed()->id == id);
    CHECK(box.blamed()->blame == Blame::inside);
    box.set_running(0);  // everything waits
    CHECK_FALSE(box.blamed());
    box.set_running(100);
    box.clear_remote();
    CHECK_FALSE(box.blamed());
}

TEST_CASE("what one process writes the other one reads") {
    const auto fd = make_black_box();
    REQUIRE(fd);
    BlackBox* const written = map_black_box(fd->get());
    BlackBox* const read = map_black_box(fd->get());
    REQUIRE(written != nullptr);
    REQUIRE(read != nullptr);
    CHECK_FALSE(read->blamed());
    written->set_running(8);
    written->set_remote({1, 2, 3}, 8);
    REQUIRE(read->blamed());
    CHECK(read->blamed()->id == base::TaskId{1, 2, 3});
    unmap_black_box(written);
    unmap_black_box(read);
}

TEST_CASE("a descriptor that is no black box is not mapped") {
    CHECK(map_black_box(-1) == nullptr);
    const auto pipe = base::make_pipe();
    REQUIRE(pipe);
    CHECK(map_black_box(pipe->first.get()) == nullptr);
}
