#include "base/room.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <memory>
#include <string_view>

namespace scoop::base {

namespace {

std::optional<std::uint64_t> count_in(const std::optional<std::string>& text) {
    std::uint64_t number = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc())
        return std::nullopt;
    return number;
}

/// Nothing if there is none.
std::optional<std::uint64_t> soft_limit(__rlimit_resource_t resource) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
    return limit.rlim_cur;
}

/// Of this process, without the one that lists them; nothing if none is left to list them with.
std::optional<std::uint64_t> open_descriptors() {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), &::closedir);
    if (!directory) return std::nullopt;
    std::uint64_t entries = 0;
    while (::readdir(directory.get()) != nullptr) ++entries;
    constexpr std::uint64_t own = 3;  // ".", ".." and this one
    return entries - std::min(entries, own);
}

Room user_process_room() {
    Room room;
    for (const ProcessEntry& process : read_process_table())
        if (process.user == ::getuid()) room.used += process.threads;
    if (::geteuid() == 0) return room;
    room.limit = soft_limit(RLIMIT_NPROC);
    if (room.limit) room.limit_name = "ulimit -u";
    return room;
}

}  // namespace

std::optional<std::uint64_t> Room::left() const {
    return limit ? std::optional(*limit - std::min(*limit, used)) : std::nullopt;
}

bool Room::is_near_limit(std::uint64_t more) const {
    constexpr std::uint64_t near_share = 10;
    return limit && used + more > *limit - *limit / near_share;
}

std::string Room::text() const {
    return std::to_string(used) + (limit ? " of " + std::to_string(*limit) + " (" + limit_name + ")" : "");
}

Room tightest(const std::vector<Room>& rooms) {
    return *std::ranges::min_element(
        rooms, {}, [](const Room& room) { return room.left().value_or(std::numeric_limits<std::uint64_t>::max()); });
}

std::vector<Room> cgroup_process_rooms(const ReadFile& read_file) {
    std::vector<Room> rooms;
    for (const Cgroup& cgroup : own_cgroups("pids", read_file)) {
        const auto limit = count_in(read_file(cgroup.directory + "/pids.max"));  // "max": no limit
        const auto used = count_in(read_file(cgroup.directory + "/pids.current"));
        if (limit && used) rooms.push_back({*used, limit, cgroup.directory + "/pids.max"});
    }
    return rooms;
}

Room process_room() {
    auto rooms = cgroup_process_rooms(read_whole_file);
    rooms.insert(rooms.begin(), user_process_room());
    return tightest(rooms);
}

Room descriptor_room() {
    Room room{0, soft_limit(RLIMIT_NOFILE), {}};
    room.used = open_descriptors().value_or(room.limit.value_or(0));
    if (room.limit) room.limit_name = "ulimit -n";
    return room;
}

}  // namespace scoop::base
