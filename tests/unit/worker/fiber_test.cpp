#include "worker/fiber.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

using scoop::worker::Fiber;

namespace {

constexpr std::size_t stack_bytes = 256 * 1024;

// Two fibers and the thread, and what happened, in order.
struct Stage {
    Fiber thread;
    Fiber* first = nullptr;
    Fiber* second = nullptr;
    std::vector<std::string> log;
};

// Suspends inside the handler of its own exception, and logs what it finds there when it goes on.
void throw_and_suspend(Stage& stage, const char* text, Fiber& self, Fiber& next) {
    try {
        throw std::runtime_error(text);
    } catch (const std::exception&) {
        Fiber::switch_to(self, next);
        try {
            throw;
        } catch (const std::exception& again) {
            stage.log.emplace_back(again.what());
        }
    }
    Fiber::switch_to(self, stage.thread);
}

}  // namespace

TEST_CASE("fibers go on where they were left") {
    Stage stage;
    const auto first_entry = [](void* argument) {
        auto& s = *static_cast<Stage*>(argument);
        for (int i = 0;; ++i) {
            s.log.push_back("first " + std::to_string(i));
            Fiber::switch_to(*s.first, *s.second);
        }
    };
    const auto second_entry = [](void* argument) {
        auto& s = *static_cast<Stage*>(argument);
        for (int i = 0;; ++i) {
            s.log.push_back("second " + std::to_string(i));
            Fiber::switch_to(*s.second, s.thread);
        }
    };
    Fiber first(stack_bytes, first_entry, &stage);
    Fiber second(stack_bytes, second_entry, &stage);
    stage.first = &first;
    stage.second = &second;
    Fiber::switch_to(stage.thread, first);
    Fiber::switch_to(stage.thread, first);
    CHECK(stage.log == std::vector<std::string>{"first 0", "second 0", "first 1", "second 1"});
}

TEST_CASE("two fibers suspended inside catch keep their own exceptions") {
    Stage stage;
    const auto first_entry = [](void* argument) {
        auto& s = *static_cast<Stage*>(argument);
        throw_and_suspend(s, "of the first", *s.first, *s.second);
    };
    const auto second_entry = [](void* argument) {
        auto& s = *static_cast<Stage*>(argument);
        throw_and_suspend(s, "of the second", *s.second, *s.first);
    };
    Fiber first(stack_bytes, first_entry, &stage);
    Fiber second(stack_bytes, second_entry, &stage);
    stage.first = &first;
    stage.second = &second;
    Fiber::switch_to(stage.thread, first);
    CHECK(std::current_exception() == nullptr);
    Fiber::switch_to(stage.thread, second);
    CHECK(stage.log == std::vector<std::string>{"of the first", "of the second"});
}

TEST_CASE("stacks are as large as those of threads, and smaller where address space is limited") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_AS, &before) == 0);
    if (before.rlim_cur == RLIM_INFINITY) {
        CHECK(scoop::worker::default_stack_bytes() % (std::size_t{1} << 20) == 0);
        rlimit limited = before;
        limited.rlim_cur = std::uint64_t{1} << 46;
        REQUIRE(::setrlimit(RLIMIT_AS, &limited) == 0);
        CHECK(scoop::worker::default_stack_bytes() == std::size_t{1} << 20);
        REQUIRE(::setrlimit(RLIMIT_AS, &before) == 0);
    }
}
