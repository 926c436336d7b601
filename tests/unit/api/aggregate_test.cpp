#include "scoop/detail/aggregate.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using scoop::detail::Decomposable;
using scoop::detail::member_count;
using scoop::detail::visit_members;

struct One {
    int a = 0;
};
struct Mixed {
    int a = 1;
    double b[2][3] = {};
    One c;
    std::array<int, 4> d = {};
    std::string e;
    std::vector<int> f = {1, 2};
    std::unique_ptr<int> g;
    char h[4096] = {};
};
struct ThirtyTwo {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, F;
};
struct ThirtyThree {
    int a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, F, G;
};
struct Empty {};
struct WithBase : One {
    int b;
};
struct WithEmptyBase : Empty {
    int b;
};
struct WithEmptyMember {
    Empty a;
    int b;
};
class WithConstructor {
public:
    WithConstructor() {}
    int a = 0;
};

}  // namespace

TEST_CASE("the members of a struct are counted, arrays and structs as one each") {
    static_assert(member_count<One>() == 1);
    static_assert(member_count<Mixed>() == 8);
    static_assert(member_count<ThirtyTwo>() == 32);
    static_assert(member_count<ThirtyThree>() == 33);
    static_assert(member_count<WithEmptyMember>() == 2);
    CHECK(true);
}

TEST_CASE("classes with bases or constructors, unions and empty classes are not taken apart") {
    static_assert(!Decomposable<WithBase> && !Decomposable<WithEmptyBase> && !Decomposable<WithConstructor>);
    static_assert(!Decomposable<Empty> && !Decomposable<int> && !Decomposable<int[3]> && !Decomposable<std::string>);
    CHECK(true);
}

TEST_CASE("all members are visited in their order") {
    ThirtyTwo value{};
    visit_members(value, [](auto&... members) {
        int number = 0;
        ((members = ++number), ...);
    });
    CHECK(value.a == 1);
    CHECK(value.z == 26);
    CHECK(value.F == 32);
    Mixed mixed;
    mixed.e = "text";
    CHECK(visit_members(std::as_const(mixed),
                        [](const auto& a, const auto&, const auto&, const auto&, const auto& e, const auto& f,
                           const auto&, const auto&) { return e + std::to_string(a + f[1]); }) == "text3");
}
