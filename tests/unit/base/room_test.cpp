// What is left of limits on processes, as files of cgroups say.
#include "base/room.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace scoop::base;

namespace {

ReadFile files(std::map<std::string, std::string> texts) {
    return [texts = std::move(texts)](const std::string& path) -> std::optional<std::string> {
        const auto found = texts.find(path);
        return found == texts.end() ? std::nullopt : std::optional(found->second);
    };
}

}  // namespace

TEST_CASE("of nested cgroups the one with the least left counts") {
    const auto rooms =
        cgroup_process_rooms(files({{"/proc/self/mountinfo", "36 35 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n"},
                                    {"/proc/self/cgroup", "0::/user/job\n"},
                                    {"/sys/fs/cgroup/user/job/pids.max", "100\n"},
                                    {"/sys/fs/cgroup/user/job/pids.current", "10\n"},
                                    {"/sys/fs/cgroup/user/pids.max", "500\n"},
                                    {"/sys/fs/cgroup/user/pids.current", "460\n"},
                                    {"/sys/fs/cgroup/pids.max", "max\n"},
                                    {"/sys/fs/cgroup/pids.current", "900\n"}}));
    REQUIRE(rooms.size() == 2);
    CHECK(tightest(rooms).text() == "460 of 500 (/sys/fs/cgroup/user/pids.max)");
    CHECK(tightest(rooms).left() == 40);
}

TEST_CASE("the hierarchy of version 1 that counts processes is found") {
    const auto rooms = cgroup_process_rooms(files({{"/proc/self/mountinfo",
                                                    "36 35 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                                                    "37 35 0:31 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"},
                                                   {"/proc/self/cgroup", "5:cpu:/a\n4:pids:/b\n"},
                                                   {"/sys/fs/cgroup/pids/b/pids.max", "64\n"},
                                                   {"/sys/fs/cgroup/pids/b/pids.current", "60\n"}}));
    REQUIRE(rooms.size() == 1);
    CHECK(rooms[0].text() == "60 of 64 (/sys/fs/cgroup/pids/b/pids.max)");
}

TEST_CASE("without limits nothing is near one") {
    CHECK(cgroup_process_rooms(files({})).empty());
    const Room free{1000000, {}, {}};
    CHECK(free.text() == "1000000");
    CHECK_FALSE(free.left());
    CHECK_FALSE(free.is_near_limit(1000000));
    CHECK(tightest({free, {1, 2, "a"}}).limit_name == "a");
    CHECK(tightest({free, free}).used == free.used);
}

TEST_CASE("a limit is near when less than a tenth of it is left") {
    const Room room{80, 100, "ulimit -u"};
    CHECK_FALSE(room.is_near_limit());
    CHECK_FALSE(room.is_near_limit(10));
    CHECK(room.is_near_limit(11));
    CHECK(Room{120, 100, ""}.left() == 0);
}

TEST_CASE("this process is counted, with its open files") {
    CHECK(process_room().used > 0);
    CHECK(descriptor_room().used >= 3);
    CHECK(descriptor_room().used < 1000);
}
