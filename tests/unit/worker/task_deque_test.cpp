#include "worker/task_deque.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

using scoop::detail::Block;
using scoop::detail::TaskRef;
using scoop::worker::TaskDeque;

TEST_CASE("the owner takes the newest, the thief the oldest") {
    std::vector<Block> blocks(3);
    TaskDeque deque;
    for (auto& block : blocks) deque.push({&block, 0});
    CHECK(deque.size() == 3);
    CHECK(deque.steal().block == &blocks[0]);
    CHECK(deque.pop().block == &blocks[2]);
    CHECK(deque.pop().block == &blocks[1]);
    CHECK_FALSE(deque.pop());
    CHECK_FALSE(deque.steal());
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
    for (std::size_t i = 0; i < 2500; ++i) CHECK(deque.steal().block == &blocks[i]);
    for (std::size_t i = 5000; i-- > 2500;) CHECK(deque.pop().block == &blocks[i]);
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
            if (const TaskRef task = deque.steal()) note(task);
        }
    });
    for (std::size_t i = 0; i < count; ++i) {
        deque.push({&blocks[i], 0});
        if (i % 3 == 0) {
            if (const TaskRef task = deque.pop()) note(task);
        }
    }
    while (const TaskRef task = deque.pop()) note(task);
    finished = true;
    thief.join();
    while (const TaskRef task = deque.steal()) note(task);
    std::size_t wrong = 0;
    for (const auto& times : taken) wrong += times.load() != 1 ? 1 : 0;
    CHECK(wrong == 0);
}
