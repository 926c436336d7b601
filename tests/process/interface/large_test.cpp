// Values around and far above the size from which they travel in shared memory.
#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <ranges>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t sizes[] = {65'000, 65'534, 65'535, 65'536, 65'537, 70'000, 1'000'000, 5'000'000};

Bytes pattern(std::size_t size, std::uint32_t seed) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(seed + i * 2'654'435'761U / 65'536U);
    return bytes;
}
Bytes plus_one(Bytes bytes) {
    for (auto& byte : bytes) ++byte;
    return bytes;
}
std::size_t size_of(const std::string& text) { return text.size(); }
std::vector<std::string> words(std::size_t count) {
    std::vector<std::string> result;
    for (std::size_t i = 0; i < count; ++i) result.push_back("word " + std::to_string(i));
    return result;
}
double last_of(const std::vector<double>& numbers) { return numbers.back(); }
bool is_pattern(const Bytes& bytes, std::uint32_t seed) { return bytes == pattern(bytes.size(), seed); }
bool is_constant(const std::string& name, std::size_t size) {
    return scoop::get_const<Bytes>(name) == pattern(size, 5);
}
bool throws_large(std::size_t size) { throw std::runtime_error(std::string(size, 'x')); }
bool takes_both(const Bytes& left, int number, const Bytes& right) {
    return is_pattern(left, 1) && number == 7 && is_pattern(right, 2);
}

}  // namespace

TEST_CASE("large arguments and results come as they were sent") {
    for (const std::size_t size : sizes) {
        std::vector<scoop::Future<Bytes>> futures;
        for (std::uint32_t i = 0; i < 6; ++i) futures.push_back(scoop::submit<plus_one>(pattern(size, i)));
        for (std::uint32_t i = 0; i < 6; ++i) CHECK((futures[i].get() == plus_one(pattern(size, i))));
    }
    CHECK(scoop::submit<takes_both>(pattern(100'000, 1), 7, pattern(200'000, 2)).get());
    CHECK(scoop::submit<size_of>(std::string(3'000'000, 'a')).get() == 3'000'000);
    CHECK((scoop::submit<words>(100'000).get() == words(100'000)));
}

TEST_CASE("many large values may wait to be read at a time") {
    std::vector<scoop::Future<Bytes>> futures;
    for (std::uint32_t i = 0; i < 600; ++i) futures.push_back(scoop::submit<pattern>(std::size_t{70'000}, i));
    scoop::wait(futures);
    bool are_right = true;
    for (std::uint32_t i = 0; i < 600; ++i) are_right = are_right && is_pattern(futures[i].get(), i);
    CHECK(are_right);
}

TEST_CASE("a map over large elements gives large results") {
    std::vector<Bytes> inputs;
    for (std::uint32_t i = 0; i < 40; ++i) inputs.push_back(pattern(100'000, i));
    std::uint32_t i = 0;
    for (const Bytes& result : scoop::map<plus_one>(inputs)) CHECK((result == plus_one(pattern(100'000, i++))));
    CHECK(i == 40);
}

TEST_CASE("large constants and shared values are read by every worker") {
    scoop::set_const("large constant", pattern(3'000'000, 5));
    for (const bool is_right :
         scoop::on_each_worker<is_constant>(std::string("large constant"), std::size_t{3'000'000}))
        CHECK(is_right);
    CHECK_THROWS_AS(scoop::set_const("large constant", pattern(10, 5)), scoop::ConstantExists);
    std::vector<double> numbers(500'000);
    std::iota(numbers.begin(), numbers.end(), 0.0);
    const auto shared = scoop::share(numbers);
    std::vector<scoop::Future<double>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(scoop::submit<last_of>(shared));
    for (auto& future : futures) CHECK(future.get() == 499'999);
}

TEST_CASE("a call in each worker may have large arguments and results") {
    for (const Bytes& result : scoop::on_each_worker<plus_one>(pattern(1'000'000, 3)))
        CHECK((result == plus_one(pattern(1'000'000, 3))));
}

TEST_CASE("an exception may be large") {
    try {
        (void)scoop::submit<throws_large>(std::size_t{300'000}).get();
        FAIL("nothing was thrown");
    } catch (const std::runtime_error& error) {
        CHECK(std::string_view(error.what()).size() == 300'000);
    }
}
