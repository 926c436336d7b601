// The names of functions are golden: this file compiled with g++ or clang, on any host, must give these strings. A
// function whose name changed would not be found by the processes of the same program that another compiler built.
#include "scoop/detail/function_identity.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "unit/api/function_identity_other_file.hpp"

double identity_trial(std::uint64_t, std::uint64_t) { return 0; }
static int identity_hidden(int x) { return x; }
extern "C" int identity_c(int x) { return x; }

namespace fem {

namespace mesh {
int refine(const std::string&) { return 0; }
}  // namespace mesh

static int hidden(int x) { return x; }

namespace {
struct Local {
    int x = 0;
};
int unnamed(int x) { return x; }
}  // namespace

struct Solver {
    int tolerance = 0;
    [[nodiscard]] int step(int n) const { return n; }
    int advance(int n) { return n; }
    int advance(int n) const { return n; }
    static int setup(int n) { return n; }
    template <class T>
    T as(T x) {
        return x;
    }
    friend Solver operator+(Solver a, Solver) { return a; }
};

template <class T>
T same(T x) {
    return x;
}
template <class T, std::size_t N>
T nth(T x) {
    return x;
}
enum class Axis { x, y };
template <Axis A>
int along(int n) {
    return n;
}
template <class T>
struct Box {
    T value{};
    [[nodiscard]] T get() const { return value; }
};
int overloaded(int x) { return x; }
double overloaded(double x) { return x; }

struct Scale {
    double factor = 1;
    int power = 1;
    double operator()(double x) const { return factor * x * power; }
};
struct Negate {
    int operator()(int x) const { return -x; }
};

}  // namespace fem

namespace {

using scoop::detail::function_identity;
using scoop::detail::function_name;
using scoop::detail::signature_text;
using scoop::detail::task_hash;

template <auto F>
std::string name() {
    return function_name<F>().name;
}

}  // namespace

TEST_CASE("functions are named without their parameters") {
    CHECK(name<identity_trial>() == "identity_trial");
    CHECK(name<&identity_trial>() == "identity_trial");
    CHECK(name<identity_c>() == "identity_c");
    CHECK(name<fem::mesh::refine>() == "fem::mesh::refine");
    CHECK(name<static_cast<int (*)(int)>(fem::overloaded)>() == "fem::overloaded");
    CHECK(name<static_cast<double (*)(double)>(fem::overloaded)>() == "fem::overloaded");
}

TEST_CASE("members are named with their class, and with their qualifiers") {
    CHECK(name<&fem::Solver::step>() == "fem::Solver::step const");
    CHECK(name<&fem::Solver::setup>() == "fem::Solver::setup");
    CHECK(name<static_cast<int (fem::Solver::*)(int)>(&fem::Solver::advance)>() == "fem::Solver::advance");
    CHECK(name<static_cast<int (fem::Solver::*)(int) const>(&fem::Solver::advance)>() == "fem::Solver::advance const");
    CHECK(name<&fem::Box<double>::get>() == "fem::Box<f64>::get const");
    CHECK(name<&fem::Solver::tolerance>() == "fem::Solver::tolerance");
}

TEST_CASE("templates are named with their arguments") {
    CHECK(name<fem::same<int>>() == "fem::same<i32>");
    CHECK(name<fem::same<unsigned long>>() == "fem::same<u64>");
    CHECK(name<fem::same<std::string>>() == "fem::same<str>");
    CHECK(name<fem::nth<std::vector<std::map<int, bool>>, 3>>() == "fem::nth<vec<std::map<i32,bool>>,3>");
    CHECK(name<fem::along<fem::Axis::x>>() == "fem::along<(fem::Axis)0>");
    CHECK(name<fem::along<fem::Axis::y>>() == "fem::along<(fem::Axis)1>");
    CHECK(name<&fem::Solver::as<long>>() == "fem::Solver::as<i64>");
}

TEST_CASE("function objects are named with their value") {
    CHECK(name<fem::Negate{}>() == "fem::Negate{}");
    CHECK(name<fem::Scale{2.5, 3}>() == "fem::Scale{(f64)[4004000000000000],3}");
    CHECK(name<fem::Scale{2.5, 3}>() != name<fem::Scale{2.25, 3}>());
    CHECK(name<std::plus<int>{}>() == "std::plus<i32>{}");
}

TEST_CASE("functions with internal linkage carry their file") {
    CHECK(name<identity_hidden>() == "identity_hidden@function_identity_test.cpp");
    CHECK(name<fem::hidden>() == "fem::hidden@function_identity_test.cpp");
    CHECK(name<fem::unnamed>() == "fem::(anonymous namespace)::unnamed@function_identity_test.cpp");
    CHECK(name<fem::same<fem::Local*>>() == "fem::same<fem::(anonymous namespace)::Local*>@function_identity_test.cpp");
    CHECK(other_file::name_of_its_hidden() == "identity_hidden@function_identity_other_file.cpp");
}

TEST_CASE("closures are marked, carry the whole path of their file and differ from one another") {
    const auto& first = function_name<[](int x) { return x; }>();
    const auto& second = function_name<[](int x) { return x + 1; }>();
    CHECK(first.is_closure);
    CHECK(first.name.ends_with(std::string("@") + __BASE_FILE__));
    CHECK(first.name != second.name);
    CHECK(!function_name<identity_hidden>().is_closure);
    CHECK(other_file::name_of_its_closure() != first.name);
}

TEST_CASE("a signature names what travels") {
    CHECK(signature_text<double(std::uint64_t, std::uint64_t)>() == "f64(u64,u64)");
    CHECK(signature_text<void()>() == "void()");
    CHECK(signature_text<const std::string&(std::string_view, const char*, std::string&&)>() == "str(str,str,str)");
    CHECK(signature_text<unsigned long(std::span<const float>, const std::vector<long>&)>() ==
          "u64(vec<f32>,vec<i64>)");
    CHECK(signature_text<std::map<std::string, std::set<int>>(char, bool, std::pair<int, short>)>() ==
          "std::map<str,std::set<i32>>(char,bool,std::pair<i32,i16>)");
    CHECK(signature_text<fem::Axis(fem::Solver, fem::Box<unsigned long>)>() == "fem::Axis(fem::Solver,fem::Box<u64>)");
}

TEST_CASE("the hash of a task is fixed for ever") {
    static_assert(task_hash("", "") == 0xaf63bd4c8601b7dfULL);
    static_assert(task_hash("a", "b") != task_hash("ab", "") && task_hash("a", "") != task_hash("", "a"));
    const auto& identity = function_identity<identity_trial, double(std::uint64_t, std::uint64_t)>();
    CHECK(identity.name == "identity_trial");
    CHECK(identity.signature == "f64(u64,u64)");
    CHECK(identity.hash == task_hash("identity_trial", "f64(u64,u64)"));
    CHECK_FALSE(identity.is_closure);
}
