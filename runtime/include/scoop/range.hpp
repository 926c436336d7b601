// range: the integers of an interval, as a view that maps split and send as two numbers.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <ranges>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace scoop {

/// The integers first, first+1, … of an interval; a random-access view.
template <std::integral T>
class IntegerRange : public std::ranges::view_interface<IntegerRange<T>> {
public:
    class iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::random_access_iterator_tag;
        using iterator_category = std::input_iterator_tag;

        iterator() = default;
        explicit iterator(T value) : value_(value) {}
        T operator*() const { return value_; }
        T operator[](difference_type n) const { return static_cast<T>(value_ + static_cast<T>(n)); }
        iterator& operator++() { return *this += 1; }
        iterator operator++(int) { return std::exchange(*this, *this + 1); }
        iterator& operator--() { return *this -= 1; }
        iterator operator--(int) { return std::exchange(*this, *this - 1); }
        iterator& operator+=(difference_type n) {
            value_ = static_cast<T>(value_ + static_cast<T>(n));
            return *this;
        }
        iterator& operator-=(difference_type n) { return *this += -n; }
        friend iterator operator+(iterator i, difference_type n) { return i += n; }
        friend iterator operator+(difference_type n, iterator i) { return i += n; }
        friend iterator operator-(iterator i, difference_type n) { return i -= n; }
        friend difference_type operator-(iterator a, iterator b) {
            return static_cast<difference_type>(a.value_) - static_cast<difference_type>(b.value_);
        }
        friend auto operator<=>(const iterator&, const iterator&) = default;

    private:
        T value_{};
    };

    IntegerRange() = default;
    IntegerRange(T first, T last) : first_(first), last_(last < first ? first : last) {}
    [[nodiscard]] iterator begin() const { return iterator(first_); }
    [[nodiscard]] iterator end() const { return iterator(last_); }
    [[nodiscard]] std::size_t size() const {
        return static_cast<std::size_t>(last_) - static_cast<std::size_t>(first_);
    }

private:
    T first_{};
    T last_{};
};

/// 0, 1, …, count-1; empty when count is not positive.
template <std::integral T>
[[nodiscard]] IntegerRange<T> range(T count) {
    return {T{0}, count};
}
/// first, …, last-1, of a type that holds both (64 bits with a sign where only one of them has a sign). Empty when last
/// is not greater than first.
template <std::integral First, std::integral Last>
[[nodiscard]] auto range(First first, Last last) {
    constexpr bool both_or_neither = std::is_signed_v<First> == std::is_signed_v<Last>;
    using T = std::conditional_t<both_or_neither, std::common_type_t<First, Last>, std::int64_t>;
    if constexpr (!both_or_neither) {
        if (!std::in_range<T>(+first) || !std::in_range<T>(+last))
            throw std::out_of_range("scoop::range: a bound needs all 64 bits for its value; give both without a sign");
    }
    return IntegerRange<T>(static_cast<T>(first), static_cast<T>(last));
}

}  // namespace scoop

/// @cond
template <class T>
inline constexpr bool std::ranges::enable_borrowed_range<scoop::IntegerRange<T>> = true;
/// @endcond
