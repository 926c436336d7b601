#include "worker/task_deque.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

using scoop::detail::Block;
using scoop::detail::TaskRef;
using scoop::worker::TaskDeque;

namespace {

TaskRef steal(TaskDeque& deque) {
    TaskRef taken;
    (void)deque.take_oldest(1, [&](TaskRef task) { taken = task; });
    return taken;
}

}  // namespace

TEST_CASE("the owner takes the newest, the thief the oldest") {
    std::vector<Block> blocks(3);
    TaskDeque deque;
    for (auto& block : blocks) deque.push({&block, 0});
    CHECK(deque.size() == 3);
    CHECK(steal(deque).block == &blocks[0]);
    CHECK(deque.pop().block == &blocks[2]);
    CHECK(deque.pop().block == &blocks[1]);
    CHECK_FALSE(deque.pop());
    CHECK_FALSE(steal(deque));
    CHECK(deque.size() == 0);
}

TEST_CASE("only the newest entry is forgotten, and only if it is the one meant") {
    std::vector<Block> blocks(2);
    TaskDeque deque;
    for (auto& block : blocks) deque.push({&block, 0});
    deque.forget_newest(blocks[0]);
    CHECK(deque.size() == 2);
    deque.forget_newest(blocks[1]);
    CHECK(deque.pop().block == &blocks[0]);
    CHECK_FALSE(deque.pop());
}

TEST_CASE("a deque grows past its first ring and keeps the order") {
    std::vector<Block> blocks(5000);
    TaskDeque deque;
    for (auto& block : blocks) deque.push({&block, 0});
    for (std::size_t i = 0; i < 2500; ++i) CHECK(steal(deque).block == &blocks[i]);
    for (std::size_t i = 5000; i-- > 2500;) CHECK(deque.pop().block == &blocks[i]);
    CHECK_FALSE(deque.pop());
}

TEST_CASE("several are taken at once, as many as there are at most") {
    std::vector<Block> blocks(10);
    TaskDeque deque;
    for (auto& block : blocks) deque.push({&block, 0});
    std::vector<Block*> taken;
    const auto take = [&](TaskRef task) { taken.push_back(task.block); };
    CHECK(deque.take_oldest(4, take));
    CHECK(taken == std::vector<Block*>{&blocks[0], &blocks[1], &blocks[2], &blocks[3]});
    CHECK(deque.size() == 6);
    CHECK_FALSE(deque.take_oldest(0, take));
    CHECK(deque.take_oldest(100, take));
    CHECK(taken.size() == 10);
    CHECK_FALSE(deque.take_oldest(1, take));
    CHECK_FALSE(deque.pop());
}

TEST_CASE("owner and thief together take every task once") {
    constexpr std::size_t count = 200'000;
    std::vector<Block> blocks(count);
    std::vector<std::atomic<int>> taken(count);
    const auto note = [&](TaskRef task) { taken[static_cast<std::size_t>(task.block - blocks.data())].fetch_add(1); };
    TaskDeque deque;
    std::atomic<bool> finished{false};
    std::thread thief([&] {
        while (!finished.load()) {
            for (const std::size_t most : {1U, 7U, 1000U}) (void)deque.take_oldest(most, note);
        }
    });
    for (std::size_t i = 0; i < count; ++i) {
        deque.push({&blocks[i], 0});
        if (i % 3 == 0 || i % 1000 > 600) {  // from time to time it runs empty
            if (const TaskRef task = deque.pop()) note(task);
        }
    }
    while (const TaskRef task = deque.pop()) note(task);
    finished = true;
    thief.join();
    while (const TaskRef task = steal(deque)) note(task);
    std::size_t wrong = 0;
    for (const auto& times : taken) wrong += times.load() != 1 ? 1 : 0;
    CHECK(wrong == 0);
}
