// map and map_as_completed: ranges of every kind, windows, order, options.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <forward_list>
#include <list>
#include <numeric>
#include <ranges>
#include <scoop/scoop.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace {

using namespace std::chrono_literals;

long square(long n) { return n * n; }
long product_of(long a, long b) { return a * b; }
std::string place(int a, char b, const std::string& c) { return std::to_string(a) + b + c; }
long odd_only(long n) { return n % 2 == 1 ? n : throw std::domain_error("even"); }
long slow_if_first(long n) {
    if (n == 0) std::this_thread::sleep_for(200ms);
    return n;
}
long slow(long n) {
    std::this_thread::sleep_for(10ms);
    return n;
}
void nothing(long) {}

std::atomic<bool> was_read{false};
// Most elements take no time; one waits until the one before it was read. In a job of one process no other message can
// be on its way that brings that one later.
bool lets_others_be_read(long n) {
    const bool waits = n == 1500 && !scoop::launched();
    const auto give_up = std::chrono::steady_clock::now() + 60s;
    while (waits && !was_read && std::chrono::steady_clock::now() < give_up) std::this_thread::sleep_for(1ms);
    return !waits || was_read;
}
long nested(long n) {
    long sum = 0;
    for (long value : scoop::map<square>(scoop::range(n))) sum += value;
    return sum;
}
int flaky(int n) { return scoop::attempt() > n % 3 ? n : throw std::runtime_error("again"); }

struct Affine {
    long factor;
    long shift;
    long operator()(long n) const { return factor * n + shift; }
};

/// 0, 1, 2, … without an end, counted.
class Counter {
public:
    class iterator {
    public:
        using value_type = long;
        using difference_type = std::ptrdiff_t;
        explicit iterator(Counter& of) : of_(&of) {}
        long operator*() const { return of_->next_; }
        iterator& operator++() {
            ++of_->next_;
            return *this;
        }
        void operator++(int) { ++*this; }

    private:
        Counter* of_;
    };
    iterator begin() { return iterator(*this); }
    static std::unreachable_sentinel_t end() { return {}; }
    long pulled() const { return next_; }

private:
    long next_ = 0;
};

/// Fails to be written, or to be read.
struct Unwritable {
    int value = 0;
    template <class Archive>
    void save(Archive&) const {
        throw std::runtime_error("not written");
    }
    template <class Archive>
    void load(Archive&) {}
};
struct Unreadable {
    int value = 0;
    template <class Archive>
    void save(Archive& archive) const {
        archive(value);
    }
    template <class Archive>
    void load(Archive&) {
        throw std::runtime_error("not read");
    }
};
/// On the root it waits until another worker runs one too.
void meet_another_worker(scoop::Best<int>& runs_elsewhere) {
    if (!scoop::is_root()) runs_elsewhere.offer(-1);
    while (scoop::is_root() && scoop::size() > 1 && runs_elsewhere.get() == 0) std::this_thread::yield();
}
template <class T>
T make_one(int value, scoop::Best<int> runs_elsewhere) {
    meet_another_worker(runs_elsewhere);
    return T{value};
}
template <class T>
bool read_fails_only_as_serialization(const scoop::Best<int>& runs_elsewhere) {
    std::size_t failures = 0;
    auto results = scoop::map<make_one<T>>(scoop::range(100), scoop::fixed(runs_elsewhere));
    for (auto it = results.begin(); it != results.end(); ++it) {
        try {
            (void)*it;
        } catch (const scoop::SerializationError&) {
            ++failures;
        }
    }
    return scoop::size() == 1 || failures > 0;
}

}  // namespace

TEST_CASE("what cannot be written or read is a SerializationError") {
    CHECK(read_fails_only_as_serialization<Unwritable>(scoop::Best<int>(0)));
    CHECK(read_fails_only_as_serialization<Unreadable>(scoop::Best<int>(0)));

    using scoop::detail::RangeColumn;
    std::string bytes;
    scoop::detail::StringSink sink(bytes);
    scoop::detail::OutputArchive archive(sink);
    const std::vector<Unwritable> values(3);
    const RangeColumn<Unwritable, std::views::all_t<decltype((values))>> column{std::views::all(values)};
    CHECK_THROWS_AS(column.write(archive, 0, 3), scoop::SerializationError);
    const scoop::detail::FixedColumn<Unwritable, Unwritable> fixed{scoop::fixed(Unwritable{})};
    CHECK_THROWS_AS(fixed.write(archive, 0, 3), scoop::SerializationError);
}

TEST_CASE("ranges of every kind can be mapped") {
    const std::vector<long> expected{0, 1, 4, 9, 16};
    std::vector<long> vector{0, 1, 2, 3, 4};
    CHECK(scoop::map<square>(vector).collect() == expected);
    CHECK(scoop::map<square>(std::list<long>{0, 1, 2, 3, 4}).collect() == expected);
    CHECK(scoop::map<square>(std::forward_list<long>{0, 1, 2, 3, 4}).collect() == expected);
    CHECK(scoop::map<square>(std::set<long>{4, 3, 2, 1, 0}).collect() == expected);
    CHECK(scoop::map<square>(scoop::range(5)).collect() == expected);
    CHECK(scoop::map<square>(std::views::iota(0L, 5L)).collect() == expected);
    CHECK(scoop::map<square>(std::views::iota(0L) | std::views::take(5)).collect() == expected);
    CHECK(scoop::map<square>(vector | std::views::filter([](long n) { return n % 2 == 0; })).collect() ==
          std::vector<long>{0, 4, 16});
    CHECK(scoop::map<square>(vector | std::views::transform([](long n) { return -n; })).collect() == expected);
    std::istringstream text("0 1 2 3 4");
    CHECK(scoop::map<square>(std::views::istream<long>(text)).collect() == expected);
    const long array[] = {0, 1, 2, 3, 4};
    CHECK(scoop::map<square>(array).collect() == expected);
    CHECK(scoop::map<square>(std::vector<long>()).collect().empty());
}

TEST_CASE("what is shared may stand for a range of any kind") {
    const std::vector<long> expected{0, 1, 4, 9};
    CHECK(scoop::map<square>(scoop::share(std::vector<long>{0, 1, 2, 3})).collect() == expected);
    CHECK(scoop::map<square>(scoop::share(std::list<long>{0, 1, 2, 3})).collect() == expected);
    const auto set = scoop::share(std::set<long>{3, 2, 1, 0});
    CHECK(scoop::map<square>(set).collect() == expected);
    CHECK(scoop::map<product_of>(scoop::range(4L), set).collect() == expected);
    CHECK(scoop::map([](auto n) { return n * n; }, set).collect() == expected);
}

TEST_CASE("the shortest of the zipped ranges ends the map") {
    CHECK(scoop::map<product_of>(std::vector<long>{1, 2, 3}, scoop::range(2L, 100L)).collect() ==
          std::vector<long>{2, 6, 12});
    CHECK(scoop::map<product_of>(std::list<long>{1, 2, 3}, scoop::fixed(7)).collect() == std::vector<long>{7, 14, 21});
    CHECK(scoop::map<product_of>(std::views::iota(1L), std::list<long>{1, 2}).collect() == std::vector<long>{1, 4});
}

TEST_CASE("a product gives all combinations, the last range fastest") {
    const auto places =
        scoop::map<place>(scoop::product(scoop::range(2), std::string("ab"), std::vector<std::string>{"x", "y"}))
            .collect();
    CHECK(places == std::vector<std::string>{"0ax", "0ay", "0bx", "0by", "1ax", "1ay", "1bx", "1by"});
    CHECK(scoop::map<product_of>(scoop::product(scoop::range(0), scoop::range(5))).collect().empty());
    const auto table = scoop::map<product_of>(scoop::product(scoop::range(300), scoop::range(300))).collect();
    REQUIRE(table.size() == 90'000);
    CHECK(table[299 * 300 + 7] == 299 * 7);
}

TEST_CASE("callables that are values can be mapped") {
    CHECK(scoop::map([](long n) { return n + 1; }, scoop::range(3)).collect() == std::vector<long>{1, 2, 3});
    CHECK(scoop::map(Affine{2, 1}, scoop::range(3)).collect() == std::vector<long>{1, 3, 5});
    const auto many = scoop::map(Affine{3, 0}, scoop::range(20'000)).collect();
    CHECK(std::accumulate(many.begin(), many.end(), 0L) == 3L * 19'999 * 20'000 / 2);
}

TEST_CASE("a generator without an end is read as far as its results") {
    Counter counter;
    long n = 0;
    {
        auto results = scoop::map<square>(counter);
        for (long value : results) {
            CHECK(value == n * n);
            if (++n == 1000) break;
        }
    }
    CHECK(n == 1000);
    CHECK(counter.pulled() < 20'000);
    const long pulled = counter.pulled();
    CHECK(scoop::submit<nested>(100).get() == 328'350);  // nothing of the map keeps the workers
    CHECK(counter.pulled() == pulled);
}

TEST_CASE("a long range is worked on in windows") {
#if defined(SCOOP_SANITIZED)
    constexpr long count = 500'000;
#else
    constexpr long count = 5'000'000;
#endif
    long sum = 0;
    long n = 0;
    for (long value : scoop::map<square>(scoop::range(count))) {
        sum += value % 1000;
        n += 1;
    }
    CHECK(n == count);
    long expected = 0;
    for (long i = 0; i < count; ++i) expected += i * i % 1000;
    CHECK(sum == expected);
}

TEST_CASE("results come in order, also those that are passed by") {
    auto results = scoop::map<odd_only>(std::views::iota(0L, 100L) | std::views::filter([](long) { return true; }));
    long n = 0;
    for (auto it = results.begin(); it != results.end(); ++it, ++n)
        if (n % 2 == 1) CHECK(*it == n);
    CHECK(n == 100);
}

TEST_CASE("results of a stretch that runs elsewhere come while it runs") {
    const auto before = std::chrono::steady_clock::now();
    auto results = scoop::map<slow>(scoop::range(20'000));
    CHECK(*results.begin() == 0);
    CHECK(std::chrono::steady_clock::now() - before < 20s);  // all of them take 50 s of four workers
}

TEST_CASE("an element can be read as soon as it is done, however long the next one takes") {
    was_read = false;
    long n = 0;
    for (const bool is_right : scoop::map<lets_others_be_read>(scoop::range(2000))) {
        CHECK(is_right);
        if (n++ == 1499) was_read = true;
    }
    CHECK(n == 2000);

    was_read = false;
    for (auto& element : scoop::map_as_completed<lets_others_be_read>(scoop::range(2000))) {
        CHECK(element.get());
        if (element.index == 1499) was_read = true;
    }
}

TEST_CASE("elements are given as they finish") {
    std::set<std::size_t> seen;
    for (auto& element : scoop::map_as_completed<slow_if_first>(scoop::range(100))) {
        CHECK(element.get() == static_cast<long>(element.index));
        CHECK(std::ranges::count(scoop::hosts(), element.host) == 1);
        CHECK(seen.insert(element.index).second);
    }
    CHECK(seen.size() == 100);

    long good = 0;
    long bad = 0;
    for (auto& element : scoop::map_as_completed<odd_only>(std::views::iota(0L, 1000L))) {
        if (element.exception() == nullptr) {
            good += element.get() % 2;
        } else {
            CHECK_THROWS_AS(element.get(), std::domain_error);
            ++bad;
        }
    }
    CHECK(good == 500);
    CHECK(bad == 500);
    for (auto& element : scoop::map_as_completed<square>(std::vector<long>())) CHECK(element.index == 1);
    Counter counter;
    int taken = 0;
    for (auto& element : scoop::map_as_completed<square>(counter)) {
        CHECK(element.get() == static_cast<long>(element.index * element.index));
        if (++taken == 500) break;
    }
}

TEST_CASE("waiting for the next element has a limit") {
    auto elements = scoop::map_as_completed<[](int n) {
        while (!scoop::stop_requested()) std::this_thread::sleep_for(1ms);
        return n;
    }>(scoop::range(3));
    elements.within(50ms);
    CHECK_THROWS_AS((void)elements.begin(), scoop::TimeoutError);
}

TEST_CASE("options hold for each element") {
    const scoop::TaskOptions twice{.retries = 2};
    CHECK(scoop::map<flaky>(twice, scoop::range(30)).collect().size() == 30);
    std::size_t failed = 0;
    for (auto& element : scoop::map_as_completed<flaky>(scoop::TaskOptions{.retries = 1}, scoop::range(30)))
        failed += element.exception() != nullptr ? 1 : 0;
    CHECK(failed == 10);
    CHECK(scoop::map(
              twice, [](int n) { return 2 * n; }, scoop::range(3))
              .collect() == std::vector<int>{0, 2, 4});
}

TEST_CASE("functions without a result can be mapped") {
    scoop::map<nothing>(scoop::range(100)).collect();
    std::size_t count = 0;
    for (auto& element : scoop::map_as_completed<nothing>(scoop::range(100))) {
        element.get();
        ++count;
    }
    CHECK(count == 100);
}

TEST_CASE("maps inside maps, at several levels") {
    long sum = 0;
    for (long value : scoop::map<nested>(scoop::range(60L))) sum += value;
    long expected = 0;
    for (long n = 0; n < 60; ++n)
        for (long i = 0; i < n; ++i) expected += i * i;
    CHECK(sum == expected);
}
