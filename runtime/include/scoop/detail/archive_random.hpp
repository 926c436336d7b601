// The engines of <random>, and others with their interface, through their stream operators: a line of numbers that the
// standard defines, so that an engine goes on with the same sequence on every host.
//
// The standard library believes what such a line says. Where it would use one of the numbers as an index or a count,
// the number is checked here first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <locale>
#include <ostream>
#include <random>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "scoop/detail/archive_core.hpp"
#include "scoop/detail/archive_probe.hpp"

namespace scoop::detail {

template <class T>
concept RandomEngine = std::uniform_random_bit_generator<T> && !archive_probe::has_own_functions<T> &&
                       requires(T engine, const T state, std::ostream& out, std::istream& in) {
                           engine.seed();
                           engine.discard(1ULL);
                           out << state;
                           in >> engine;
                       };

/// The numbers of a line that consists of nothing else; throws SerializationError.
[[nodiscard]] std::vector<std::uint64_t> numbers_of_line(const std::string& line);

/// Takes the numbers of one engine off the front of `numbers`; false if the engine must not be given them. An engine
/// that is not named here uses its numbers as values only; the rest of the line is then of no concern.
template <class Engine>
struct EngineCheck {
    static bool accepts(std::span<const std::uint64_t>& numbers) {
        numbers = {};
        return true;
    }
};
template <class Number, Number A, Number C, Number M>
struct EngineCheck<std::linear_congruential_engine<Number, A, C, M>> {
    static bool accepts(std::span<const std::uint64_t>& numbers) {
        if (numbers.empty()) return false;
        numbers = numbers.subspan(1);
        return true;
    }
};
template <class Number, std::size_t Width, std::size_t Short, std::size_t Long>
struct EngineCheck<std::subtract_with_carry_engine<Number, Width, Short, Long>> {
    static bool accepts(std::span<const std::uint64_t>& numbers) {
        if (numbers.size() < Long + 2) return false;
        const bool position_is_inside = numbers[Long + 1] < Long;
        numbers = numbers.subspan(Long + 2);
        return position_is_inside;
    }
};
template <class Engine, std::size_t Block, std::size_t Used>
struct EngineCheck<std::discard_block_engine<Engine, Block, Used>> {
    static bool accepts(std::span<const std::uint64_t>& numbers) {
        if (!EngineCheck<Engine>::accepts(numbers) || numbers.empty()) return false;
        const bool count_is_possible = numbers[0] <= Used;
        numbers = numbers.subspan(1);
        return count_is_possible;
    }
};
template <class Engine, std::size_t Size>
struct EngineCheck<std::shuffle_order_engine<Engine, Size>> {
    static bool accepts(std::span<const std::uint64_t>& numbers) {
        if (!EngineCheck<Engine>::accepts(numbers) || numbers.size() < Size + 1) return false;
        for (const std::uint64_t value : numbers.first(Size + 1)) {
            if (value < Engine::min() || value > Engine::max()) return false;
        }
        numbers = numbers.subspan(Size + 1);
        return true;
    }
};
template <class Engine, std::size_t Width, class Number>
struct EngineCheck<std::independent_bits_engine<Engine, Width, Number>> : EngineCheck<Engine> {};

template <class Engine>
inline constexpr bool is_checked_engine = false;
template <class Number, std::size_t W, std::size_t S, std::size_t R>
inline constexpr bool is_checked_engine<std::subtract_with_carry_engine<Number, W, S, R>> = true;
template <class Engine, std::size_t P, std::size_t R>
inline constexpr bool is_checked_engine<std::discard_block_engine<Engine, P, R>> = true;
template <class Engine, std::size_t K>
inline constexpr bool is_checked_engine<std::shuffle_order_engine<Engine, K>> = true;
template <class Engine, std::size_t W, class Number>
inline constexpr bool is_checked_engine<std::independent_bits_engine<Engine, W, Number>> = is_checked_engine<Engine>;

template <RandomEngine Engine>
void save(OutputArchive& archive, const Engine& engine) {
    std::ostringstream line;
    line.imbue(std::locale::classic());
    line << engine;
    archive(line.str());
}
template <RandomEngine Engine>
void load(InputArchive& archive, Engine& engine) {
    std::string text;
    archive(text);
    if constexpr (is_checked_engine<Engine>) {
        const std::vector<std::uint64_t> numbers = numbers_of_line(text);
        std::span<const std::uint64_t> unread(numbers);
        if (!EngineCheck<Engine>::accepts(unread)) throw_malformed("not the state of a random number engine");
    }
    std::istringstream line(text);
    line.imbue(std::locale::classic());
    line >> engine;
    if (!line) throw_malformed("not the state of a random number engine");
}

}  // namespace scoop::detail
