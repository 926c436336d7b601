// What becomes of arguments, results and names that are a little out of the ordinary.
#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <numeric>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

/// Converts to a path, which has functions of its own.
struct Record {
    int id = 0;
    char name[8] = {};
};
std::string name_of(Record record) { return record.name; }

struct Exclaimed {
    std::string mark;
    template <class T>
    auto operator()(T text) const {
        return text + mark;
    }
};
std::size_t length_of(const char* text) { return std::string(text).size(); }

enum class Level : std::uint8_t { low, high };
double sum(std::vector<double> values) { return std::accumulate(values.begin(), values.end(), 0.0); }
Level level_of(Level level) { return level; }
std::vector<int> three() { return {1, 2, 3}; }
int two() { return 2; }
int one() { return 1; }

struct Counter {
    int count = 1;
    int next() & { return ++count; }
    int next_quietly() & noexcept { return ++count; }
    int peek() const& noexcept { return count; }
    int take() && { return count; }
};

std::monostate nothing(std::monostate) { return {}; }
std::monostate either(std::monostate, std::monostate) { return {}; }

int doubled(int n) { return 2 * n; }
template <class T>
T tripled(T n) {
    return 3 * n;
}

}  // namespace

namespace named {

namespace {

int halved(int n) { return n / 2; }
SCOOP_TASK_NAME("named/halved", halved);
SCOOP_TASK_NAME("named/tripled", tripled<long>);

}  // namespace

}  // namespace named

TEST_CASE("a struct with an array of characters") {
    CHECK(scoop::submit<name_of>(Record{1, "seven"}).get() == "seven");
    CHECK(scoop::map<name_of>(std::vector{Record{1, "a"}, Record{2, "b"}}).collect() ==
          std::vector<std::string>{"a", "b"});
    CHECK(scoop::submit<[](std::filesystem::path path) { return path; }>("a/b").get() == "a/b");
}

TEST_CASE("a literal is a std::string to who does not say what it takes") {
    CHECK(scoop::submit<[](auto text) { return std::is_same_v<decltype(text), std::string>; }>("abc").get());
    CHECK(scoop::submit<[](auto text) { return text + "!"; }>("abc").get() == "abc!");
    CHECK(scoop::submit([](const auto& text) { return text + "!"; }, "abc").get() == "abc!");
    CHECK(scoop::submit(Exclaimed{"?"}, "abc").get() == "abc?");
    CHECK(scoop::map<[](int, auto text) { return text + "!"; }>(scoop::range(1), scoop::fixed("x")).collect() ==
          std::vector<std::string>{"x!"});
    CHECK(scoop::map(Exclaimed{"?"}, std::vector<const char*>{"a", "b"}).collect() ==
          std::vector<std::string>{"a?", "b?"});
    CHECK(scoop::submit<length_of>("abc").get() == 3);
    CHECK(scoop::submit([](const char* text) { return std::string(text); }, "abc").get() == "abc");
}

TEST_CASE("futures are converted as values are") {
    CHECK(scoop::submit<sum>(std::vector<int>{1, 2, 3}).get() == 6.0);
    CHECK(scoop::submit<sum>(scoop::submit<three>()).get() == 6.0);
    CHECK(scoop::submit<sum>(scoop::submit<three>().share()).get() == 6.0);
    std::vector<scoop::Future<int>> parts;
    parts.push_back(scoop::submit<one>());
    parts.push_back(scoop::submit<two>());
    CHECK(scoop::submit<sum>(std::move(parts)).get() == 3.0);
    CHECK(scoop::submit<level_of>(scoop::submit<one>()).get() == Level::high);
}

TEST_CASE("member functions with a ref-qualifier") {
    CHECK(scoop::submit<&Counter::next>(Counter{5}).get() == 6);
    CHECK(scoop::submit<&Counter::next_quietly>(Counter{5}).get() == 6);
    CHECK(scoop::submit<&Counter::peek>(Counter{5}).get() == 5);
    CHECK(scoop::submit<&Counter::take>(Counter{5}).get() == 5);
    CHECK(scoop::map<&Counter::next>(std::vector<Counter>(3)).collect() == std::vector<int>{2, 2, 2});
}

TEST_CASE("results without a value") {
    CHECK(scoop::submit<nothing>(std::monostate()).get() == std::monostate());
    auto shared = scoop::submit<nothing>(std::monostate()).share();
    CHECK(shared.get() == std::monostate());
    CHECK(scoop::map<nothing>(std::vector<std::monostate>(3)).collect().size() == 3);
    CHECK(scoop::map_reduce<nothing, either>(std::vector<std::monostate>(3)) == std::monostate());
}

TEST_CASE("a handle without a result to a function that has one") {
    const auto handle = scoop::Function<void(int)>::of<doubled>();
    CHECK_NOTHROW(handle(2));
    CHECK_NOTHROW(scoop::submit([](scoop::Function<void(int)> function) { function(2); }, handle).get());
}

TEST_CASE("a name may be given in the namespace of the function") {
    CHECK(scoop::submit<named::halved>(6).get() == 3);
    CHECK(scoop::detail::function_name<named::halved>().name == "named/halved");
    CHECK(scoop::submit<tripled<long>>(6).get() == 18);
    CHECK(scoop::detail::function_name<tripled<long>>().name == "named/tripled");
    CHECK(scoop::detail::function_name<doubled>().name.find("doubled") != std::string::npos);
}

TEST_CASE("a range has room for both of its bounds") {
    const auto large = scoop::range(0, 5'000'000'000L);
    CHECK(large.size() == 5'000'000'000U);
    CHECK(std::is_same_v<decltype(*large.begin()), long>);
    CHECK(scoop::range(-2, std::size_t{3}).size() == 5);
    CHECK(*scoop::range(-2, 3U).begin() == -2);
    CHECK(scoop::range(std::uint8_t{2}, 400).size() == 398);
    CHECK(scoop::range('a', 'd').size() == 3);
    CHECK_THROWS_AS((void)scoop::range(0, ~std::uint64_t{0}), std::out_of_range);
    CHECK(scoop::map<doubled>(scoop::range(-1, std::size_t{2})).collect() == std::vector<int>{-2, 0, 2});
}
