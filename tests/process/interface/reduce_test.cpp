// map_reduce and map_scan: order, exceptions, empty input, forms of the operation.
#include <doctest/doctest.h>

#include <list>
#include <memory>
#include <ranges>
#include <scoop/scoop.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

long square(long n) { return n * n; }
long add(long a, long b) { return a + b; }
std::string text(long n) { return std::to_string(n) + ' '; }
std::string concatenate(std::string a, std::string b) { return a + b; }
void append(std::string& a, std::string&& b) { a += b; }
long fails_from(long n) { return n < 500 ? n : throw std::out_of_range(std::to_string(n)); }
long fails_to_add(long a, long b) { return a + b < 1000 ? a + b : throw std::overflow_error("too much"); }
std::set<long> only(long n) { return {n % 97}; }
std::set<long> unite(std::set<long> a, std::set<long> b) {
    a.merge(b);
    return a;
}
/// 2x2 matrices: associative, not commutative.
struct Matrix {
    long a = 1, b = 0, c = 0, d = 1;
    friend bool operator==(const Matrix&, const Matrix&) = default;
};
constexpr long modulus = 1'000'003;
Matrix matrix_of(long n) { return {n % 7, 1, 1, n % 3}; }
Matrix multiply(Matrix x, Matrix y) {
    return {(x.a * y.a + x.b * y.c) % modulus, (x.a * y.b + x.b * y.d) % modulus, (x.c * y.a + x.d * y.c) % modulus,
            (x.c * y.b + x.d * y.d) % modulus};
}
/// An element and an operation that wait for other tasks.
long waits(long n) { return scoop::submit<square>(n).get(); }
long add_elsewhere(long a, long b) { return scoop::submit<add>(a, b).get(); }

std::unique_ptr<long> boxed(long n) { return std::make_unique<long>(n); }
void add_boxed(std::unique_ptr<long>& a, std::unique_ptr<long>&& b) { *a += *b; }

std::string serial_text(long count) {
    std::string all;
    for (long n = 0; n < count; ++n) all += text(n);
    return all;
}

}  // namespace

TEST_CASE("a reduction keeps the order of the elements") {
    CHECK(scoop::map_reduce<square, add>(scoop::range(1001)) == 333'833'500);
    CHECK(scoop::map_reduce<text, concatenate>(scoop::range(5000)) == serial_text(5000));
    CHECK(scoop::map_reduce<text, append>(scoop::range(5000)) == serial_text(5000));
    CHECK(scoop::map_reduce<text, append>(std::views::iota(0L, 3000L) |
                                          std::views::filter([](long) { return true; })) == serial_text(3000));
    CHECK(scoop::map_reduce<only, unite>(scoop::range(10'000)).size() == 97);
    Matrix expected;
    for (long n = 0; n < 2000; ++n) expected = multiply(expected, matrix_of(n));
    CHECK(scoop::map_reduce<matrix_of, multiply>(scoop::range(2000)) == expected);
}

TEST_CASE("a reduction of few elements, or none") {
    CHECK(scoop::map_reduce<square, add>(std::vector<long>{7}) == 49);
    CHECK_THROWS_AS((scoop::map_reduce<square, add>(std::vector<long>())), std::invalid_argument);
    CHECK(scoop::map_reduce<square, add>(scoop::initial(100), std::vector<long>()) == 100);
    CHECK(scoop::map_reduce<square, add>(scoop::initial(100), std::list<long>{1, 2}) == 105);
    CHECK(scoop::map_reduce<text, concatenate>(scoop::initial("> "), scoop::range(3)) == "> 0 1 2 ");
    CHECK(scoop::map_reduce([](long n) { return n + 1; }, [](long a, long b) { return a + b; }, scoop::range(10)) ==
          55);
}

TEST_CASE("a reduction to what can only be moved") {
    CHECK(*scoop::map_reduce<boxed, add_boxed>(scoop::range(2000L)) == 1'999'000);
    CHECK(*scoop::map_reduce<boxed, add_boxed>(scoop::initial(std::make_unique<long>(5)), scoop::range(3L)) == 8);
}

TEST_CASE("a reduction throws what the first failing element threw") {
    for (int round = 0; round < 20; ++round)
        CHECK_THROWS_WITH_AS((scoop::map_reduce<fails_from, add>(scoop::range(2000L))), "500", std::out_of_range);
    CHECK_THROWS_AS((scoop::map_reduce<square, fails_to_add>(scoop::range(2000L))), std::overflow_error);
}

TEST_CASE("a scan gives every prefix") {
    CHECK(scoop::map_scan<square, add>(std::vector<long>{10, 20, 30}) == std::vector<long>{100, 500, 1400});
    CHECK(scoop::map_scan<square, add>(std::vector<long>()).empty());
    CHECK(scoop::map_scan<square, add>(std::vector<long>{3}) == std::vector<long>{9});
    const auto sums = scoop::map_scan<square, add>(scoop::range(100'000L));
    REQUIRE(sums.size() == 100'000);
    long sum = 0;
    long wrong = 0;
    for (long n = 0; n < 100'000; ++n) wrong += sums[static_cast<std::size_t>(n)] == (sum += n * n) ? 0 : 1;
    CHECK(wrong == 0);
    const auto texts = scoop::map_scan<text, concatenate>(std::views::iota(0L, 300L) | std::views::take(200));
    REQUIRE(texts.size() == 200);
    CHECK(texts.back() == serial_text(200));
    CHECK(scoop::map_scan<text, append>(scoop::range(50)).back() == serial_text(50));
    CHECK(scoop::map_scan([](long n) { return n; }, [](long a, long b) { return a + b; }, scoop::range(4)) ==
          std::vector<long>{0, 1, 3, 6});
    CHECK_THROWS_WITH_AS((void)(scoop::map_scan<fails_from, add>(scoop::range(2000L))), "500", std::out_of_range);
}

TEST_CASE("elements and operations may wait for tasks") {
    CHECK(scoop::map_reduce<waits, add_elsewhere>(scoop::range(301L)) == 9'045'050);
    CHECK(scoop::map_scan<waits, add_elsewhere>(scoop::range(101L)).back() == 338'350);
}

TEST_CASE("reductions inside tasks") {
    auto inner = scoop::submit<[](long n) { return scoop::map_reduce<square, add>(scoop::range(n)); }>(101L);
    CHECK(inner.get() == 338'350);
}
