#include "scoop/detail/archive_traits.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <type_traits>
#include <vector>

#include "scoop/archive.hpp"

namespace {

using scoop::detail::is_serializable;
using scoop::detail::stored_t;

struct Plain {
    int a = 0;
    double b[2][3] = {};
    std::vector<std::string> c;
};
struct Recursive {
    int value = 0;
    std::vector<Recursive> children;
    std::unique_ptr<Recursive> next;
};
struct HasPointer {
    int* pointer = nullptr;
};
struct HasConstant {
    const int value = 0;
};
struct HasLongDouble {
    std::vector<std::tuple<int, long double>> values;
};
struct Base {
    int a = 0;
};
struct AggregateWithBase : Base {
    int b = 0;
};
class Closed {
public:
    explicit Closed(int x) : x_(x) {}
    [[nodiscard]] int x() const { return x_; }

private:
    int x_;
};
class NoFunctions {
public:
    NoFunctions() = default;
    [[nodiscard]] int x() const { return x_; }

private:
    int x_ = 0;
};
union Either {
    int a;
    float b;
};
struct Empty {};
struct TooMany {
    int a[2], b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, F, G;
};

}  // namespace

TEST_CASE("what can be serialized is known down to the last element") {
    static_assert(is_serializable<int> && is_serializable<const double> && is_serializable<std::string>);
    static_assert(is_serializable<Plain> && is_serializable<std::vector<Plain>> && is_serializable<Plain[3]>);
    static_assert(is_serializable<Recursive> && is_serializable<std::unique_ptr<Recursive>>);
    static_assert(is_serializable<Empty> && is_serializable<std::mt19937>);
    static_assert(is_serializable<std::tuple<>> && is_serializable<std::shared_ptr<const Plain>>);
    CHECK(true);
}

TEST_CASE("what cannot be serialized is refused, wherever it is hidden") {
    static_assert(!is_serializable<int*> && !is_serializable<const char*> && !is_serializable<void (*)()>);
    static_assert(!is_serializable<std::nullptr_t> && !is_serializable<int Plain::*>);
    static_assert(!is_serializable<long double> && !is_serializable<wchar_t> && !is_serializable<std::wstring>);
    static_assert(!is_serializable<std::string_view> && !is_serializable<std::span<int>>);
    static_assert(!is_serializable<std::thread> && !is_serializable<std::function<void()>>);
    static_assert(!is_serializable<HasPointer> && !is_serializable<std::vector<HasPointer>>);
    static_assert(!is_serializable<HasConstant> && !is_serializable<HasLongDouble>);
    static_assert(!is_serializable<AggregateWithBase> && !is_serializable<Closed> && !is_serializable<NoFunctions>);
    static_assert(!is_serializable<Either> && !is_serializable<TooMany> && !is_serializable<std::unique_ptr<int[]>>);
    CHECK(true);
}

TEST_CASE("a parameter is stored as what owns its value") {
    static_assert(std::is_same_v<stored_t<int>, int> && std::is_same_v<stored_t<const Plain&>, Plain>);
    static_assert(std::is_same_v<stored_t<std::string&&>, std::string>);
    static_assert(std::is_same_v<stored_t<std::string_view>, std::string>);
    static_assert(std::is_same_v<stored_t<const std::string_view&>, std::string>);
    static_assert(std::is_same_v<stored_t<std::u8string_view>, std::u8string>);
    static_assert(std::is_same_v<stored_t<const char*>, std::string>);
    static_assert(std::is_same_v<stored_t<const char(&)[4]>, std::string>);
    static_assert(std::is_same_v<stored_t<std::span<const double>>, std::vector<double>>);
    static_assert(std::is_same_v<stored_t<std::span<int, 3>>, std::vector<int>>);
    CHECK(true);
}
