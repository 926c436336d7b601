// What futures and maps promise, as one program that the tests run as a job of one and under scoop-run with 1, 2 and 4
// workers: the answers must be the same everywhere.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <list>
#include <numeric>
#include <ranges>
#include <regex>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

long square(long n) { return n * n; }
long fib(long n) {
    if (n < 2) return n;
    auto left = scoop::submit<fib>(n - 1);
    const long right = fib(n - 2);
    return left.get() + right;
}
long depth_of(long n) { return n == 0 ? 0 : 1 + scoop::submit<depth_of>(n - 1).get(); }
/// Goes on until it is told its result.
long sleep_until_told(scoop::Best<long> result) {
    while (result.get() == 0) std::this_thread::sleep_for(1ms);
    return result.get();
}
void nothing(int) {}
std::string join(std::string_view a, const std::string& b, const char* c) { return std::string(a) + b + c; }
double sum_of(std::span<const double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }
long out_of_range(long n) { throw std::out_of_range("no element " + std::to_string(n)); }
long odd_only(long n) { return n % 2 == 1 ? n : throw std::invalid_argument("even: " + std::to_string(n)); }
long unusual(long) { throw 42; }

struct Counter {
    long start = 0;
    std::vector<int> steps;
    long after(long n) const { return start + n + std::accumulate(steps.begin(), steps.end(), 0L); }
};

// Waits inside a handler, then looks whether the exception is still its own.
long keeps_its_exception(long n) {
    try {
        throw std::runtime_error(std::to_string(n));
    } catch (const std::exception&) {
        auto other = scoop::submit<depth_of>(3);
        (void)other.wait_for(scoop::Timeout(0));
        other.get();
        try {
            throw;
        } catch (const std::exception& again) {
            return std::stol(again.what());
        }
    }
}

long sum_of_squares(long n) {
    long sum = 0;
    for (long value : scoop::map<square>(scoop::range(n))) sum += value;
    return sum;
}
long tree(long levels) {
    if (levels == 0) return 1;
    long leaves = 0;
    for (long value : scoop::map<tree>(std::vector<long>(3, levels - 1))) leaves += value;
    return leaves;
}

long matches(const std::string& text) {
    static const std::regex words("[a-z]+");
    return std::distance(std::sregex_iterator(text.begin(), text.end(), words), std::sregex_iterator());
}
/// Takes more than a mebibyte of stack for 2700 characters, and with a sanitizer less than the eight that a thread has.
bool matches_as_a_whole(const std::string& text) {
    static const std::regex pattern("(a|b)*c");
    return std::regex_match(text, pattern);
}

}  // namespace

TEST_CASE("a submitted task gives its result") {
    CHECK(scoop::submit<square>(7).get() == 49);
    scoop::submit<nothing>(1).get();
    CHECK(scoop::submit<join>("a", "b", "c").get() == "abc");
    CHECK(scoop::submit<sum_of>(std::vector<double>{1.5, 2.5}).get() == 4.0);
    CHECK(scoop::submit<&Counter::after>(Counter{10, {1, 2}}, 5).get() == 18);
    CHECK(scoop::submit<[](int a, int b) { return a * b; }>(6, 7).get() == 42);
}

TEST_CASE("tasks nest to any depth") {
    CHECK(scoop::submit<fib>(18).get() == 2584);
    CHECK(scoop::submit<depth_of>(1000).get() == 1000);
    CHECK(scoop::submit<tree>(6).get() == 729);
}

TEST_CASE("many futures at once come back each with its own value") {
    std::vector<scoop::Future<long>> futures;
    for (long i = 0; i < 5000; ++i) futures.push_back(scoop::submit<square>(i));
    for (long i = 0; i < 5000; ++i) REQUIRE(futures[static_cast<std::size_t>(i)].get() == i * i);
}

TEST_CASE("an exception of the std hierarchy arrives as itself, another one as RemoteError or itself") {
    CHECK_THROWS_WITH_AS(scoop::submit<out_of_range>(3).get(), "no element 3", std::out_of_range);
    auto failing = scoop::submit<unusual>(0);
    failing.wait();
    CHECK(failing.done());
    bool threw = false;
    try {
        (void)failing.get();
    } catch (int value) {
        threw = value == 42;
    } catch (const scoop::RemoteError& error) {
        threw = error.type_name() == "int" && std::string(error.what()).find("42") != std::string::npos;
    }
    CHECK(threw);
}

TEST_CASE("a time limit is kept while the task goes on") {
    const scoop::Best<long> result(0);
    auto slow = scoop::submit<sleep_until_told>(result);
    CHECK_FALSE(slow.wait_for(20ms));
    CHECK_THROWS_AS(slow.get(10ms), scoop::TimeoutError);
    result.offer(-300);
    CHECK(slow.get() == -300);
    CHECK_FALSE(slow.valid());
    CHECK_THROWS_AS(slow.wait(), scoop::Error);
}

TEST_CASE("asking whether a task is done comes to an end, also inside a task") {
    auto future = scoop::submit<square>(3);
    while (!future.done()) {
    }
    CHECK(future.get() == 9);
    CHECK(scoop::submit<[](long n) {
              auto inner = scoop::submit<square>(n);
              while (!inner.done()) {
              }
              return inner.get();
          }>(4)
              .get() == 16);
}

TEST_CASE("a map gives its results in the order of the input") {
    CHECK(scoop::map<square>(scoop::range(5L)).collect() == std::vector<long>{0, 1, 4, 9, 16});
    CHECK(scoop::map<square>(scoop::range(2L, 5L)).collect() == std::vector<long>{4, 9, 16});
    CHECK(scoop::map<square>(scoop::range(0L)).collect().empty());
    const std::vector<std::string> names{"a", "b", "c"};
    const std::list<std::string> more{"x", "y"};  // the shorter one ends the map
    CHECK(scoop::map<join>(names, more, scoop::fixed("!")).collect() == std::vector<std::string>{"ax!", "by!"});
    auto odd = std::views::iota(0L, 10L) | std::views::filter([](long n) { return n % 2 == 1; });
    CHECK(scoop::map<square>(odd).collect() == std::vector<long>{1, 9, 25, 49, 81});
    scoop::map<nothing>(scoop::range(100)).collect();
    CHECK(scoop::submit<sum_of_squares>(1000).get() == 332833500);
}

TEST_CASE("a large map is complete") {
    long sum = 0;
    for (long value : scoop::map<square>(scoop::range(300'000L))) sum += value % 7;
    long expected = 0;
    for (long n = 0; n < 300'000; ++n) expected += n * n % 7;
    CHECK(sum == expected);
}

TEST_CASE("a failed element throws when it is read and the loop can go on") {
    auto results = scoop::map<odd_only>(scoop::range(1000L));
    long good = 0;
    long bad = 0;
    for (auto it = results.begin(); it != results.end(); ++it) {
        try {
            good += *it % 2;
        } catch (const std::invalid_argument&) {
            ++bad;
        }
    }
    CHECK(good == 500);
    CHECK(bad == 500);
    CHECK_THROWS_WITH_AS(scoop::map<odd_only>(std::vector<long>{1, 4, 6}).collect(), "even: 4", std::invalid_argument);
}

TEST_CASE("tasks suspended inside catch keep their own exceptions") {
    CHECK(scoop::map<keeps_its_exception>(scoop::range(200L)).collect().size() == 200);
    long wrong = 0;
    long n = 0;
    for (long value : scoop::map<keeps_its_exception>(scoop::range(200L))) wrong += value == n++ ? 0 : 1;
    CHECK(wrong == 0);
}

TEST_CASE("any thread may submit and wait") {
    std::vector<std::future<long>> threads;
    for (long t = 0; t < 4; ++t) {
        threads.push_back(std::async(std::launch::async, [t] {
            long sum = 0;
            for (long i = 0; i < 200; ++i) sum += scoop::submit<square>(t * 1000 + i).get();
            for (long value : scoop::map<square>(scoop::range(50L))) sum += value;
            return sum;
        }));
    }
    long t = 0;
    for (auto& thread : threads) {
        long expected = 40425;  // squares of 0..49
        for (long i = 0; i < 200; ++i) expected += (t * 1000 + i) * (t * 1000 + i);
        CHECK(thread.get() == expected);
        ++t;
    }
}

TEST_CASE("code that needs a deep stack works inside a task") {
    CHECK(scoop::submit<matches>(std::string(2000, 'a') + " bc d").get() == 3);
    CHECK(scoop::submit<matches_as_a_whole>(std::string(2700, 'a') + "c").get());
}

TEST_CASE("a future may be dropped") {
    for (int i = 0; i < 100; ++i) (void)scoop::submit<square>(i);
    CHECK(scoop::submit<square>(2).get() == 4);
}

TEST_CASE("a map with options gives every result, read in order or as completed") {
    const scoop::TaskOptions options{.retries = 1};
    const std::vector<long> squares = scoop::map<square>(options, scoop::range(10'000L)).collect();
    REQUIRE(squares.size() == 10'000);
    for (long n = 0; n < 10'000; ++n) REQUIRE(squares[n] == n * n);
    long completed = 0;
    for (auto& element : scoop::map_as_completed<square>(options, scoop::range(10'000L)))
        completed += element.get() == static_cast<long>(element.index * element.index) ? 1 : 0;
    CHECK(completed == 10'000);

    long last = -1;
    auto results = scoop::map<square>(options, scoop::range(100L));
    for (auto it = results.begin(); it != results.end(); ++it)
        if (++last % 3 == 0) CHECK(*it == last * last);  // the others are passed by unread
    CHECK(last == 99);
}

TEST_CASE("a map may be over booleans") {
    std::vector<bool> odd;
    for (int i = 0; i < 20'000; ++i) odd.push_back(i % 2 == 1);
    const auto invert = [](bool value, bool by) {
        std::this_thread::sleep_for(10us);
        return value != by;
    };
    const std::vector<bool> even = scoop::map(invert, odd, scoop::fixed(true)).collect();
    REQUIRE(even.size() == odd.size());
    for (std::size_t i = 0; i < even.size(); ++i) REQUIRE(even[i] != odd[i]);
}

TEST_CASE("a group takes functions and lambdas, with and without options") {
    scoop::Group<long> group;
    CHECK(group.submit<square>(1) == 0);
    CHECK(group.submit<square>(scoop::TaskOptions{.retries = 1}, 2) == 1);
    CHECK(group.submit([](long n) { return n * n; }, 3L) == 2);
    CHECK(group.submit(
              scoop::TaskOptions{.retries = 1}, [](long n) { return n * n; }, 4L) == 3);
    long sum = 0;
    while (auto done = group.next()) sum += done->get();
    CHECK(sum == 30);
}

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [](int count, char** values) { return doctest::Context(count, values).run(); });
}
