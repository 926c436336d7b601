// A range that was given to a function as a view that can be kept after the call.
#pragma once

#include <ranges>
#include <utility>
#include <vector>

namespace scoop::detail {

template <class Range>
auto copy_of_elements(Range&& range) {
    std::vector<std::ranges::range_value_t<Range>> copy;
    for (auto&& element : range) copy.push_back(std::forward<decltype(element)>(element));
    return std::ranges::owning_view<decltype(copy)>(std::move(copy));
}

/// The range as a view that can be kept: where it lies if it is an lvalue, else moved in; a copy of what can be neither
/// (an initializer list, a const rvalue).
template <class Range>
auto view_of(Range&& range) {
    if constexpr (std::ranges::viewable_range<Range>) {
        return std::views::all(std::forward<Range>(range));
    } else {
        return copy_of_elements(std::forward<Range>(range));
    }
}

/// The same as a view whose elements are found by their position: a copy of what is read one after the other.
template <class Range>
auto indexed_view_of(Range&& range) {
    constexpr bool has_positions = std::ranges::random_access_range<Range> && std::ranges::sized_range<Range>;
    if constexpr (has_positions) return view_of(std::forward<Range>(range));
    if constexpr (!has_positions) return copy_of_elements(std::forward<Range>(range));
}

}  // namespace scoop::detail
