// submit in all its forms: functions, members, objects, lambdas, options, futures as arguments.
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <complex>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <scoop/scoop.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct Polynomial {
    std::vector<double> coefficients;
    double at(double x) const {
        double value = 0;
        for (auto c = coefficients.rbegin(); c != coefficients.rend(); ++c) value = value * x + *c;
        return value;
    }
    double operator()(double x) const { return at(x); }
};

struct Doubling {
    template <class T>
    T operator()(T value) const {
        return value + value;
    }
};

struct Scale {
    int factor = 1;
    int operator()(int n) const { return factor * n; }
};

int add(int a, int b) { return a + b; }
int norm(int n) { return std::abs(n); }
double norm(double x) { return std::fabs(x); }
std::size_t length(std::string_view text) { return text.size(); }
double sum(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }
std::string join(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += word;
    return text;
}
int fail(int n) { throw std::out_of_range("fails on " + std::to_string(n)); }
std::unique_ptr<int> boxed(std::unique_ptr<int> n) { return std::make_unique<int>(*n + 1); }
void nothing() {}

int fails_until(int attempt) {
    if (scoop::attempt() < attempt) throw std::runtime_error("attempt " + std::to_string(scoop::attempt()));
    return scoop::attempt();
}

template <class T>
T template_sum(std::vector<T> values) {
    return std::accumulate(values.begin(), values.end(), T{});
}

int apply_all(const std::vector<scoop::Function<int(int)>>& functions, int n) {
    for (const auto& function : functions) n = function(n);
    return n;
}
int increment(int n) { return n + 1; }
int square(int n) { return n * n; }

constexpr auto cube = [](int n) { return n * n * n; };

}  // namespace

SCOOP_TASK_NAME("interface/cube", cube);

TEST_CASE("functions, members, lambdas and function objects can be submitted") {
    CHECK(scoop::submit<add>(1, 2).get() == 3);
    CHECK(scoop::submit<&Polynomial::at>(Polynomial{{1, 2, 3}}, 2).get() == 17);
    CHECK(scoop::submit<[](int n) { return n + 1; }>(1).get() == 2);
    CHECK(scoop::submit<Scale{3}>(5).get() == 15);
    CHECK(scoop::submit<template_sum<double>>(std::vector<double>{1, 2}).get() == 3);
    CHECK(scoop::submit<cube>(3).get() == 27);
    scoop::submit<nothing>().get();
}

TEST_CASE("callables that are values can be submitted") {
    CHECK(scoop::submit([](int n) { return n + 1; }, 1).get() == 2);
    CHECK(scoop::submit(Polynomial{{1, 2, 3}}, 2).get() == 17);
    CHECK(scoop::submit(Scale{4}, 5).get() == 20);
    CHECK(scoop::submit(Doubling{}, std::string("ab")).get() == "abab");
    const Scale named{7};
    CHECK(scoop::submit(named, 2).get() == 14);
    CHECK(scoop::submit(scoop::TaskOptions{.name = "scaled"}, named, 2).get() == 14);
}

TEST_CASE("arguments are converted to the parameters of the function") {
    CHECK(scoop::submit<add>('a', 2.9).get() == 'a' + 2);
    CHECK(scoop::submit<length>("literal").get() == 7);
    CHECK(scoop::submit<sum>(std::vector<double>{1, 2, 3}).get() == 6);
    const double numbers[] = {1, 2};
    CHECK(scoop::submit<sum>(std::span<const double>(numbers)).get() == 3);
    CHECK(*scoop::submit<boxed>(std::make_unique<int>(1)).get() == 2);
}

TEST_CASE("an overload is picked by its signature") {
    CHECK(scoop::submit<scoop::overload<int(int)>(norm)>(-2).get() == 2);
    CHECK(scoop::submit<scoop::overload<double(double)>(norm)>(-2.5).get() == 2.5);
}

TEST_CASE("function handles travel") {
    using Step = scoop::Function<int(int)>;
    const std::vector<Step> steps{Step::of<increment>(), Step::of<square>(), Step::of<increment>()};
    CHECK(scoop::submit<apply_all>(steps, 2).get() == 10);
    CHECK_FALSE(Step());
    CHECK_THROWS_AS(Step()(1), scoop::Error);
    CHECK_THROWS_AS(scoop::submit<apply_all>(std::vector<Step>(1), 2).get(), scoop::Error);
}

TEST_CASE("futures stand for their values") {
    CHECK(scoop::submit<add>(scoop::submit<add>(1, 2), scoop::submit<square>(3)).get() == 12);
    auto shared = scoop::submit<square>(4).share();
    auto twice = scoop::submit<add>(shared, shared);
    CHECK(twice.get() == 32);
    std::vector<scoop::Future<std::string>> words;
    for (const char* word : {"a", "b", "c"}) words.push_back(scoop::submit<[](std::string w) { return w; }>(word));
    CHECK(scoop::submit<join>(std::move(words)).get() == "abc");
    // A chain is built before any of it has run.
    auto chain = scoop::submit<increment>(0);
    for (int i = 0; i < 200; ++i) chain = scoop::submit<increment>(std::move(chain));
    CHECK(chain.get() == 201);
}

TEST_CASE("the failure of an argument is the failure of the task") {
    auto failing = scoop::submit<add>(scoop::submit<fail>(1), 2);
    CHECK_THROWS_AS(failing.get(), std::out_of_range);
    auto cancelled = scoop::submit<increment>(scoop::submit<increment>(scoop::submit<fail>(1)));
    CHECK(cancelled.exception() != nullptr);
}

TEST_CASE("a task is retried as often as its options say") {
    CHECK(scoop::submit<fails_until>(scoop::TaskOptions{.retries = 3}, 3).get() == 3);
    CHECK_THROWS_WITH_AS(scoop::submit<fails_until>(scoop::TaskOptions{.retries = 1}, 3).get(), "attempt 2",
                         std::runtime_error);
    CHECK(scoop::attempt() == 1);
    CHECK_THROWS_AS((void)scoop::submit<boxed>(scoop::TaskOptions{.retries = 1}, std::make_unique<int>(1)),
                    std::invalid_argument);
    CHECK_THROWS_AS((void)scoop::submit<square>(scoop::TaskOptions{.priority = 1000}, 1), std::invalid_argument);
    using Options = scoop::TaskOptions;
    CHECK_THROWS_AS((void)scoop::submit<square>(Options{.kill_after = scoop::Timeout(1)}, 1), std::invalid_argument);
    CHECK(scoop::submit<square>(Options{.timeout = scoop::Timeout(60), .kill_after = scoop::Timeout(1)}, 3).get() == 9);
    CHECK(scoop::submit<square>(Options{.needs = {"gpu"}}, 4).get() == 16);  // no host here has any tag
}

TEST_CASE("priorities change the order and not the results") {
    std::vector<scoop::Future<int>> futures;
    for (int i = 0; i < 200; ++i)
        futures.push_back(scoop::submit<square>(scoop::TaskOptions{.priority = i % 5 - 2}, i));
    for (int i = 0; i < 200; ++i) CHECK(futures[static_cast<std::size_t>(i)].get() == i * i);
}

TEST_CASE("a shared future is read by many") {
    const auto shared = scoop::submit<square>(5).share();
    CHECK(shared.get() == 25);
    CHECK(shared.get() == 25);
    const auto copy = shared;
    CHECK(&copy.get() == &shared.get());
    const auto failed = scoop::submit<fail>(2).share();
    CHECK_THROWS_AS(failed.get(), std::out_of_range);
    CHECK_THROWS_AS(failed.get(), std::out_of_range);
    CHECK(failed.exception() != nullptr);
    CHECK_THROWS_AS(scoop::SharedFuture<int>().get(), scoop::Error);
}

TEST_CASE("callbacks are called once each, in order, on this process") {
    std::mutex mutex;
    std::vector<int> seen;
    scoop::Future<int> future = scoop::submit<square>(6);
    for (int i = 0; i < 3; ++i) {
        future.on_done([&, i](scoop::Future<int>& done) {
            const std::lock_guard lock(mutex);
            CHECK(done.done());
            seen.push_back(i);
        });
    }
    CHECK(future.get() == 36);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    const auto count = [&] {
        const std::lock_guard lock(mutex);
        return seen.size();
    };
    while (count() < 3 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    CHECK(seen == std::vector<int>{0, 1, 2});

    // However far the task is when they come.
    for (int round = 0; round < 200; ++round) {
        std::latch called(3);
        std::vector<int> order;  // the last of them wakes us
        auto short_one = scoop::submit<square>(round);
        for (int i = 0; i < 3; ++i) {
            short_one.on_done([&, i](scoop::Future<int>&) {
                order.push_back(i);
                called.count_down();
            });
        }
        called.wait();
        REQUIRE(order == std::vector<int>{0, 1, 2});
    }

    scoop::Future<int> done = scoop::submit<square>(7);
    done.wait();
    int value = 0;
    done.on_done([&](scoop::Future<int>& f) { value = f.get(); });  // at once
    CHECK(value == 49);
    CHECK_THROWS_AS(done.get(), scoop::Error);  // the callback has taken it
}

TEST_CASE("callbacks of a shared future are called once each, in order of all handles") {
    for (int round = 0; round < 50; ++round) {
        std::latch called(4);
        std::vector<int> order;  // the last of them wakes us
        const auto first = scoop::submit<square>(round).share();
        const auto second = first;
        for (int i = 0; i < 4; ++i) {
            (i % 2 == 0 ? first : second).on_done([&, i](scoop::SharedFuture<int>& done) {
                order.push_back(done.get() == round * round ? i : -1);
                called.count_down();
            });
        }
        called.wait();
        REQUIRE(order == std::vector<int>{0, 1, 2, 3});
    }
    const auto done = scoop::submit<square>(7).share();
    done.wait();
    int value = 0;
    done.on_done([&](const auto& future) { value = future.get(); });  // at once
    CHECK(value == 49);
    CHECK(done.get() == 49);
}

TEST_CASE("exception() tells without throwing") {
    CHECK(scoop::submit<square>(1).exception() == nullptr);
    auto failing = scoop::submit<fail>(3);
    CHECK_THROWS_AS(std::rethrow_exception(failing.exception()), std::out_of_range);
    CHECK_THROWS_WITH_AS(failing.get(), "fails on 3", std::out_of_range);
}
