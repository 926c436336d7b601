#include "scoop/archive.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bitset>
#include <chrono>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <stack>
#include <string>
#include <tuple>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

#include "scoop/error.hpp"

namespace {

using scoop::detail::deserialize_from;
using scoop::detail::serialize_into;

template <class T>
T sent(const T& value) {
    std::string bytes;
    serialize_into(bytes, value);
    return deserialize_from<T>(bytes);
}

/// Not a template: each use of CHECK in one would be compiled again for each type.
void check(bool is_equal, const std::type_info& type) {
    INFO(type.name());
    CHECK(is_equal);
}

template <class T>
void check_arrives(const T& value) {
    check(sent(value) == value, typeid(T));
}

struct Empty {
    friend bool operator==(const Empty&, const Empty&) = default;
};

struct Node {
    int value = 0;
    std::unique_ptr<Node> next;
};

/// A list of this many nodes.
std::unique_ptr<Node> make_list(int length) {
    std::unique_ptr<Node> first;
    for (int i = 0; i < length; ++i) first = std::make_unique<Node>(Node{i, std::move(first)});
    return first;
}

struct Ring {
    int value = 0;
    std::shared_ptr<Ring> next;
};

}  // namespace

TEST_CASE("dates of chrono") {
    using namespace std::chrono;
    const year_month_day date{year(2026), month(2), day(29)};  // not ok(), and stays so
    check_arrives(date);
    check_arrives(year_month_day{year(-4), month(12), day(31)});
    check_arrives(year_month(year(2026), month(11)));
    check_arrives(month_day(month(2), day(3)));
    check_arrives(weekday(6));
    check_arrives(year_month_weekday(year(2026), month(11), weekday_indexed(Thursday, 4)));
    check_arrives(std::vector<year_month_day>(3, date));
    check_arrives(sys_days(date));
}

TEST_CASE("numbers arrive at their limits") {
    const auto check_limits = [](auto zero) {
        using T = decltype(zero);
        check_arrives(std::numeric_limits<T>::min());
        check_arrives(std::numeric_limits<T>::max());
        check_arrives(std::numeric_limits<T>::lowest());
        check_arrives(std::vector<T>{T{}, std::numeric_limits<T>::max(), std::numeric_limits<T>::lowest()});
    };
    std::apply([&](auto... zeros) { (check_limits(zeros), ...); },
               std::tuple<char, signed char, unsigned char, short, unsigned short, int, unsigned, long, unsigned long,
                          long long, unsigned long long, float, double, char8_t, char16_t, char32_t, std::size_t,
                          std::ptrdiff_t>{});
    check_arrives(true);
    check_arrives(std::numeric_limits<double>::infinity());
    CHECK(std::isnan(sent(std::numeric_limits<double>::quiet_NaN())));
    CHECK(std::signbit(sent(-0.0)));
}

TEST_CASE("strings arrive, whatever is in them") {
    check_arrives(std::string("a\0b", 3));
    check_arrives(std::string(100000, 'x'));
    check_arrives(std::u8string(u8"ä"));
    check_arrives(std::u16string(u"ä"));
    check_arrives(std::u32string(U"ä"));
    check_arrives(std::filesystem::path("/tmp/not\xff utf-8"));
}

TEST_CASE("containers arrive") {
    const std::vector<std::string> words{"b", "", "a"};
    check_arrives(words);
    check_arrives(std::vector<int>());
    check_arrives(std::vector<bool>{true, false, true});
    check_arrives(std::vector<std::byte>{std::byte{1}, std::byte{255}});
    check_arrives(std::vector<std::complex<double>>{{1, 2}, {3, 4}});
    check_arrives(std::vector<std::vector<int>>{{1, 2}, {}, {3}});
    check_arrives(std::deque<std::string>(words.begin(), words.end()));
    check_arrives(std::list<std::string>(words.begin(), words.end()));
    check_arrives(std::forward_list<std::string>(words.begin(), words.end()));
    check_arrives(std::set<std::string>(words.begin(), words.end()));
    check_arrives(std::multiset<int>{1, 1, 2});
    check_arrives(std::unordered_set<std::string>(words.begin(), words.end()));
    check_arrives(std::unordered_multiset<int>{1, 1, 2});
    check_arrives(std::map<std::string, std::vector<double>>{{"a", {1, 2}}, {"b", {}}});
    check_arrives(std::multimap<int, int>{{1, 2}, {1, 3}});
    check_arrives(std::unordered_map<std::string, long>{{"a", 1}, {"b", 2}});
    check_arrives(std::unordered_multimap<int, int>{{1, 2}, {1, 2}});
    check_arrives(std::stack<int>({1, 2, 3}));
    check_arrives(std::queue<int>({1, 2, 3}));
    check_arrives(std::array<std::string, 2>{"a", "b"});
    check_arrives(std::array<int, 0>{});
    check_arrives(std::bitset<70>("1010101"));
    auto queue = sent(std::priority_queue<int>(std::less<int>(), std::vector<int>{3, 1, 2}));
    CHECK(queue.top() == 3);
    const std::valarray<double> values{1, 2, 3};
    CHECK((sent(values) == values).min());
}

TEST_CASE("composed std types arrive") {
    check_arrives(std::pair<int, std::string>{1, "a"});
    check_arrives(std::tuple<>());
    check_arrives(std::tuple<int, std::tuple<std::string, double>>{1, {"a", 2.0}});
    check_arrives(std::optional<std::string>("a"));
    check_arrives(std::optional<std::string>());
    check_arrives(std::optional<bool>(false));
    check_arrives(std::variant<int, std::string, std::monostate>("a"));
    check_arrives(std::variant<int, std::string, std::monostate>(std::monostate()));
    check_arrives(std::chrono::nanoseconds(5));
    check_arrives(std::chrono::duration<double>(0.5));
    check_arrives(std::chrono::system_clock::time_point(std::chrono::seconds(5)));
    check_arrives(std::complex<double>(1, 2));
}

TEST_CASE("smart pointers arrive with what they own") {
    CHECK(*sent(std::make_shared<std::string>("a")) == "a");
    CHECK(sent(std::shared_ptr<int>()) == nullptr);
    std::string bytes;
    serialize_into(bytes, std::make_unique<std::string>("a"));
    CHECK(*deserialize_from<std::unique_ptr<std::string>>(bytes) == "a");
}

TEST_CASE("an object that is shared within a value is shared in the copy") {
    const auto object = std::make_shared<int>(5);
    const auto copy = sent(std::vector<std::shared_ptr<int>>{object, object, nullptr});
    CHECK(copy[0] == copy[1]);
    CHECK(*copy[0] == 5);
    CHECK(copy[2] == nullptr);

    const auto constant = sent(std::pair<std::shared_ptr<int>, std::shared_ptr<const int>>{object, object});
    CHECK(constant.first == constant.second);
}

TEST_CASE("a ring of shared pointers arrives as a ring") {
    const auto first = std::make_shared<Ring>(Ring{1, nullptr});
    first->next = std::make_shared<Ring>(Ring{2, first});
    const auto copy = sent(first);
    CHECK(copy->next->value == 2);
    CHECK(copy->next->next == copy);
    first->next = nullptr;
    copy->next = nullptr;
}

TEST_CASE("the engines of <random> go on with the same sequence") {
    const auto check_engine = [](auto engine) {
        engine.discard(1234);
        auto copy = sent(engine);
        CHECK(copy == engine);
        CHECK(copy() == engine());
    };
    check_engine(std::mt19937(1));
    check_engine(std::mt19937_64(2));
    check_engine(std::minstd_rand(3));
    check_engine(std::ranlux24_base(4));
    check_engine(std::ranlux24(5));
    check_engine(std::ranlux48(6));
    check_engine(std::knuth_b(7));
    check_engine(std::independent_bits_engine<std::ranlux24, 16, unsigned>(8));
}

TEST_CASE("empty objects arrive by their number") {
    check_arrives(Empty());
    check_arrives(std::vector<Empty>(1000));
    check_arrives(std::vector<std::monostate>(3));
}

TEST_CASE("objects may be nested deeply, but not without a limit") {
    std::string bytes;
    serialize_into(bytes, make_list(400));
    const auto copy = deserialize_from<std::unique_ptr<Node>>(bytes);
    CHECK(copy->value == 399);
    CHECK(copy->next->next->value == 397);
    bytes.clear();
    CHECK_THROWS_AS(serialize_into(bytes, make_list(600)), scoop::SerializationError);
    CHECK(bytes.empty());
}
