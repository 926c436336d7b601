// The input of maps and waits where it is unusual: ranges that throw, elements that are const, ranges that can only be
// copied, views of futures.
#include <doctest/doctest.h>

#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <ranges>
#include <scoop/scoop.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

using Longs = std::vector<long>;
using Ages = std::map<std::string, long>;

long square(long n) { return n * n; }
long add(long a, long b) { return a + b; }
long odd_only(long n) { return n % 2 == 1 ? n : throw std::domain_error("even"); }
std::string name_of(const Ages::value_type& person) { return person.first; }
long age_of(std::pair<std::string, long> person) { return person.second; }
const Longs some_vector() { return {1, 2, 3}; }  // what is returned as const cannot be moved
const std::set<long> some_set() { return {1, 2, 3}; }

/// 1, 2, … up to `last`; then it throws instead of coming to its end.
class Failing {
public:
    explicit Failing(long last) : last_(last) { require(1); }
    class iterator {
    public:
        using value_type = long;
        using difference_type = std::ptrdiff_t;
        explicit iterator(Failing& of) : of_(&of) {}
        long operator*() const { return of_->next_; }
        iterator& operator++() {
            of_->require(++of_->next_);
            return *this;
        }
        void operator++(int) { ++*this; }

    private:
        Failing* of_;
    };
    iterator begin() { return iterator(*this); }
    static std::unreachable_sentinel_t end() { return {}; }

private:
    void require(long n) const {
        if (n > last_) throw std::length_error("no number " + std::to_string(n));
    }
    long next_ = 1;
    long last_;
};

/// What was read until the range threw.
template <class Results>
Longs read_until_failure(Results results) {
    Longs values;
    const auto read = [&] {
        for (long value : results) values.push_back(value);
    };
    CHECK_THROWS_AS(read(), std::length_error);
    return values;
}
template <class Results>
long sum_until_failure(Results results) {
    long sum = 0;
    const auto read = [&] {
        for (auto& done : results) sum += done.get();
    };
    CHECK_THROWS_AS(read(), std::length_error);
    return sum;
}

}  // namespace

TEST_CASE("what a range throws is thrown behind the results of the elements before") {
    const scoop::TaskOptions options{.priority = 1};
    const Longs squares{1, 4, 9, 16, 25};
    for (const long last : {5L, 500L}) {  // in the first part that is read, and in a later one
        Failing numbers(last), others(last), left(last), right(last);
        const Longs values = read_until_failure(scoop::map<square>(numbers));
        REQUIRE(values.size() == static_cast<std::size_t>(last));
        CHECK(Longs(values.begin(), values.begin() + 5) == squares);
        CHECK(read_until_failure(scoop::map<square>(options, others)).size() == values.size());
        // Of two ranges that throw at one element the first has an element more when it ends.
        CHECK(read_until_failure(scoop::map<add>(left, right)).size() == values.size());

        const long sum = last * (last + 1) / 2;
        Failing third(last), fourth(last);
        CHECK(sum_until_failure(scoop::map_as_completed([](long n) { return n; }, third)) == sum);
        CHECK(sum_until_failure(scoop::map_as_completed(
                  options, [](long n) { return n; }, fourth)) == sum);
    }
}

TEST_CASE("a range that throws ends a reduction, unless an element before it has thrown") {
    Failing numbers(100), others(100), odd(100);
    CHECK_THROWS_AS((scoop::map_reduce<square, add>(numbers)), std::length_error);
    CHECK_THROWS_AS((void)(scoop::map_scan<square, add>(others)), std::length_error);
    CHECK_THROWS_AS((scoop::map_reduce<odd_only, add>(odd)), std::domain_error);
}

TEST_CASE("the elements of a map with keys may be mapped") {
    const Ages ages{{"Ada", 36}, {"Alan", 41}};
    const std::vector<std::string> names{"Ada", "Alan"};
    CHECK(scoop::map<name_of>(ages).collect() == names);
    CHECK(scoop::map<age_of>(ages).collect() == Longs{36, 41});
    CHECK(scoop::map([](const auto& person) { return person.first; }, ages).collect() == names);
    CHECK(scoop::map<name_of>(scoop::share(ages)).collect() == names);
    CHECK(scoop::submit<name_of>(*ages.begin()).get() == "Ada");
}

TEST_CASE("ranges that can only be copied can be mapped") {
    const Longs squares{1, 4, 9};
    CHECK(scoop::map<square>(some_vector()).collect() == squares);
    CHECK(scoop::map<square>(some_set()).collect() == squares);
    CHECK(scoop::map<square>(std::initializer_list<long>{1, 2, 3}).collect() == squares);
}

TEST_CASE("a product may be of ranges of any kind that have an end") {
    const std::list<long> tens{10, 20};
    CHECK(scoop::map<add>(scoop::product(some_set(), tens)).collect() == Longs{11, 21, 12, 22, 13, 23});
    const Longs numbers{1, 2, 3};
    auto even = numbers | std::views::filter([](long n) { return n % 2 == 0; });
    CHECK(scoop::map_reduce<add, std::plus<>{}>(scoop::product(even, scoop::range(3))) == 9);
}

TEST_CASE("views of futures can be waited for") {
    std::map<std::string, scoop::Future<long>> by_name;
    by_name["three"] = scoop::submit<square>(3);
    by_name["four"] = scoop::submit<square>(4);
    CHECK(scoop::wait(by_name | std::views::values).done.size() == 2);
    CHECK(scoop::wait(by_name | std::views::values | std::views::take(1)).done.size() == 1);
    auto futures = by_name | std::views::values;
    long sum = 0;
    for (auto& future : scoop::as_completed(futures)) sum += future.get();
    CHECK(sum == 25);
}
