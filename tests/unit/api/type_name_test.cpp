#include "scoop/detail/type_name.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <typeinfo>
#include <unordered_map>
#include <vector>

namespace physics {

template <class T>
struct Field {};
template <class T, std::size_t N>
struct Lattice {};
enum class Phase { solid };
struct longitude {};

}  // namespace physics

namespace {

template <class T>
std::string name() {
    return scoop::detail::portable_type_name(typeid(T));
}

}  // namespace

TEST_CASE("numbers are named by kind and width") {
    CHECK(name<bool>() == "bool");
    CHECK(name<char>() == "char");
    CHECK(name<signed char>() == "i8");
    CHECK(name<unsigned char>() == "u8");
    CHECK(name<short>() == "i16");
    CHECK(name<unsigned short>() == "u16");
    CHECK(name<int>() == "i32");
    CHECK(name<unsigned>() == "u32");
    CHECK(name<long>() == "i64");
    CHECK(name<unsigned long>() == "u64");
    CHECK(name<long long>() == "i64");
    CHECK(name<unsigned long long>() == "u64");
    CHECK(name<std::int64_t>() == "i64");
    CHECK(name<float>() == "f32");
    CHECK(name<double>() == "f64");
    CHECK(name<long double>() == "long f64");
    CHECK(name<void>() == "void");
}

TEST_CASE("std types are named without their default arguments and inline namespaces") {
    CHECK(name<std::string>() == "str");
    CHECK(name<std::vector<std::string>>() == "vec<str>");
    CHECK(name<std::vector<std::vector<unsigned long>>>() == "vec<vec<u64>>");
    CHECK(name<std::map<std::string, long>>() == "std::map<str,i64>");
    CHECK(name<std::unordered_map<int, std::list<float>>>() == "std::unordered_map<i32,std::list<f32>>");
    CHECK(name<std::unique_ptr<int>>() == "std::unique_ptr<i32>");
    CHECK(name<std::array<short, 3>>() == "std::array<i16,3>");
    CHECK(name<std::bitset<70>>() == "std::bitset<70>");
    CHECK(name<std::chrono::milliseconds>() == "std::chrono::duration<i64,std::ratio<1,1000>>");
    CHECK(name<std::u16string>() == "std::basic_string<char16_t>");
}

TEST_CASE("a program's types are named as they are qualified") {
    CHECK(name<physics::Phase>() == "physics::Phase");
    CHECK(name<physics::longitude>() == "physics::longitude");
    CHECK(name<physics::Field<unsigned long>>() == "physics::Field<u64>");
    CHECK(name<physics::Lattice<physics::Field<physics::Phase>, 3>>() ==
          "physics::Lattice<physics::Field<physics::Phase>,3>");
}

TEST_CASE("text that only looks like a number's or a container's name stays") {
    using scoop::detail::portable_text;
    CHECK(portable_text("my::std::vector<int>") == "my::std::vector<i32>");
    CHECK(portable_text("longest(int_fast)") == "longest(int_fast)");
    CHECK(portable_text("char const*") == "char const*");
    CHECK(portable_text("f<3ul, (short)2, 4u>") == "f<3,(i16)2,4>");
    CHECK(portable_text("g<unsigned long long, long unsigned int>") == "g<u64,u64>");
    CHECK(portable_text("").empty());
}
