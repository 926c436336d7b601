// Feeds any bytes to the archives: to a value that holds every kind of type, to exceptions and to the names of types.
// Whatever the bytes, the result is a value or a SerializationError; a value that was read can be written and read
// again.
#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <exception>
#include <filesystem>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <valarray>
#include <variant>
#include <vector>

#include "scoop/archive.hpp"
#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/type_name.hpp"
#include "scoop/error.hpp"

namespace {

enum class Kind : std::int16_t { a, b };

struct Tree {
    std::int32_t value = 0;
    std::vector<Tree> children;
    std::unique_ptr<Tree> left;
    std::shared_ptr<Tree> right;
    std::shared_ptr<std::string> label;
};

struct Everything {
    bool flag = false;
    long number = 0;
    double block[3] = {};
    std::string text;
    std::u16string wide;
    std::vector<bool> bits;
    std::vector<long> longs;
    std::vector<std::complex<float>> field;
    std::vector<std::monostate> empties;
    std::valarray<double> values;
    std::map<std::string, std::optional<Kind>> kinds;
    std::unordered_map<std::int16_t, std::set<char>> index;
    std::variant<std::monostate, std::int64_t, std::string, std::list<bool>> choice;
    std::tuple<std::deque<std::string>, std::forward_list<int>, std::unordered_set<int>> lists;
    std::array<std::bitset<13>, 2> sets;
    std::filesystem::path path;
    std::chrono::system_clock::time_point when;
    std::ranlux24_base small_engine;
    std::knuth_b shuffled_engine;
    Tree tree;
};

template <class T>
void read(std::string_view bytes) {
    T value{};
    try {
        value = scoop::detail::deserialize_from<T>(bytes);
    } catch (const scoop::SerializationError&) {
        return;
    }
    std::string again;
    scoop::detail::serialize_into(again, value);
    (void)scoop::detail::deserialize_from<T>(again);
}

void read_engine(std::string_view bytes) {
    try {
        auto engine = scoop::detail::deserialize_from<std::knuth_b>(bytes);
        for (int i = 0; i < 10; ++i) (void)engine();
    } catch (const scoop::SerializationError&) {
    }
    try {
        auto engine = scoop::detail::deserialize_from<std::ranlux24>(bytes);
        for (int i = 0; i < 10; ++i) (void)engine();
    } catch (const scoop::SerializationError&) {
    }
}

}  // namespace

// Bytes can describe objects that own one another, as a program may send them; such a ring is not freed.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0] % 5) {
        case 0: read<Everything>(bytes); break;
        case 1: read<Tree>(bytes); break;
        case 2: read_engine(bytes); break;
        case 3:
            if (scoop::detail::decode_exception(bytes) == nullptr) std::abort();
            break;
        default: (void)scoop::detail::portable_text(std::string(bytes)); break;
    }
    return 0;
}
