// MapInput: where the elements of a map come from, in parts of bounded size.
//
//   InPlaceInput   every argument is random-access, shared, fixed, an integer range or a product: parts are intervals
//   of the
//                  columns, which are read where they lie
//   PulledInput    some argument can only be read once, one element after the other, and may have no end: each part is
//                  pulled into vectors, on the thread that asks for it
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "scoop/detail/callable.hpp"
#include "scoop/detail/columns.hpp"
#include "scoop/detail/runtime.hpp"

namespace scoop::detail {

/// Elements [offset, offset + count) of these columns.
template <class ColumnsType>
struct MapPart {
    using Columns = ColumnsType;
    std::shared_ptr<const Columns> columns;
    std::size_t offset = 0;
    std::size_t count = 0;
};

template <class ColumnsType>
class InPlaceInput {
public:
    using Columns = ColumnsType;
    static constexpr std::size_t window_elements = std::size_t{1} << 21;
    static constexpr std::size_t part_elements = std::size_t{1} << 20;

    explicit InPlaceInput(Columns columns)
        : columns_(std::make_shared<const Columns>(std::move(columns))),
          count_(std::apply([](const auto&... column) { return std::min({column.size()...}); }, *columns_)) {
        if (count_ == endless)
            throw Error("scoop::map: every argument is scoop::fixed, so there is no end; one of them must be a range");
    }
    /// The next elements, at most so many; nothing at the end.
    std::optional<MapPart<Columns>> next(std::size_t count_max) {
        if (next_ == count_) return std::nullopt;
        const std::size_t count = std::min(count_ - next_, count_max);
        const std::size_t offset = std::exchange(next_, next_ + count);
        return MapPart<Columns>{columns_, offset, count};
    }
    /// How many elements may be under way before the first is read, at most; and in one part.
    [[nodiscard]] std::size_t window(std::size_t) const { return window_elements; }
    [[nodiscard]] std::size_t part_size(std::size_t) const { return part_elements; }
    void throw_if_failed() const {}

private:
    std::shared_ptr<const Columns> columns_;  // owned by all parts
    std::size_t count_;
    std::size_t next_ = 0;
};

/// What was pulled of a range, as a column.
template <class Stored>
using PulledColumn = RangeColumn<Stored, std::ranges::owning_view<std::vector<Stored>>>;
template <class Stored>
PulledColumn<Stored> pulled_column(std::vector<Stored>&& values) {
    return PulledColumn<Stored>(std::ranges::owning_view<std::vector<Stored>>(std::move(values)));
}

/// A fixed value beside ranges that are pulled: there is nothing to pull.
template <class Column>
class FixedCursor {
public:
    explicit FixedCursor(Column column) : column_(std::move(column)) {}
    [[nodiscard]] bool is_at_end() const { return false; }
    template <class Stored>
    void move_into(std::vector<Stored>&) {}
    template <class Stored>
    Column column(std::vector<Stored>&&) {
        return column_;
    }

private:
    Column column_;
};

/// Reads one column by position, as if it could be read only once.
template <class Column>
class ColumnCursor {
public:
    explicit ColumnCursor(Column column) : column_(std::move(column)) {}
    [[nodiscard]] bool is_at_end() { return position_ >= column_.size(); }
    template <class Stored>
    void move_into(std::vector<Stored>& values) {
        values.push_back(column_.at(position_++));
    }
    template <class Stored>
    PulledColumn<Stored> column(std::vector<Stored>&& values) {
        return pulled_column(std::move(values));
    }

private:
    Column column_;
    std::size_t position_ = 0;
};

/// Reads a range once. It goes on to the next element only when that one is wanted: it may not be there yet.
template <class View>
class RangeCursor {
public:
    explicit RangeCursor(View view) : view_(std::move(view)) {}
    RangeCursor(RangeCursor&& other) noexcept : view_(std::move(other.view_)) {}  // before the first use only
    [[nodiscard]] bool is_at_end() {
        if (!iterator_) {
            iterator_.emplace(std::ranges::begin(view_));
        } else if (std::exchange(was_read_, false)) {
            ++*iterator_;
        }
        return *iterator_ == std::ranges::end(view_);
    }
    template <class Stored>
    void move_into(std::vector<Stored>& values) {
        values.emplace_back(**iterator_);
        was_read_ = true;
    }
    template <class Stored>
    PulledColumn<Stored> column(std::vector<Stored>&& values) {
        return pulled_column(std::move(values));
    }

private:
    View view_;
    std::optional<std::ranges::iterator_t<View>> iterator_;
    bool was_read_ = false;
};

template <class Arguments, std::size_t First, class Given>
auto make_cursors_of(Given&& given) {
    if constexpr (is_fixed<std::remove_cvref_t<Given>>) {
        return std::tuple{FixedCursor(std::get<0>(make_columns_of<Arguments, First>(std::forward<Given>(given))))};
    } else if constexpr (InPlace<Given>) {
        return std::apply([](auto&&... column) { return std::tuple{ColumnCursor(std::move(column))...}; },
                          make_columns_of<Arguments, First>(std::forward<Given>(given)));
    } else if constexpr (is_shared_sequence<std::remove_cvref_t<Given>>) {
        return std::tuple{RangeCursor(SharedView(std::forward<Given>(given)))};
    } else {
        using View = decltype(view_of(std::forward<Given>(given)));
        return std::tuple<RangeCursor<View>>(RangeCursor<View>(view_of(std::forward<Given>(given))));
    }
}

template <class Arguments, std::size_t First = 0, class Given, class... Rest>
auto make_cursors(Given&& given, Rest&&... rest) {
    auto cursors = make_cursors_of<Arguments, First>(std::forward<Given>(given));
    if constexpr (sizeof...(Rest) == 0) {
        return cursors;
    } else {
        constexpr std::size_t next = First + std::tuple_size_v<decltype(cursors)>;
        return std::tuple_cat(std::move(cursors), make_cursors<Arguments, next>(std::forward<Rest>(rest)...));
    }
}

template <class Arguments, class Cursors>
class PulledInput;
template <class... Stored, class... Cursor>
class PulledInput<std::tuple<Stored...>, std::tuple<Cursor...>> {
public:
    using Columns = std::tuple<decltype(std::declval<Cursor&>().column(std::vector<Stored>()))...>;
    static constexpr std::size_t window_first = 64;
    static constexpr std::size_t window_last = std::size_t{1} << 14;

    explicit PulledInput(std::tuple<Cursor...> cursors) : cursors_(std::move(cursors)) {}

    std::optional<MapPart<Columns>> next(std::size_t count_max) {
        std::tuple<std::vector<Stored>...> values;
        std::size_t count = 0;
        const auto is_at_end = [&] {
            return std::apply([](auto&... cursor) { return (cursor.is_at_end() || ...); }, cursors_);
        };
        try {
            while (!has_ended_ && count < count_max) {
                if (is_at_end()) {
                    has_ended_ = true;
                } else {
                    [&]<std::size_t... I>(std::index_sequence<I...>) {
                        (std::get<I>(cursors_).move_into(std::get<I>(values)), ...);
                    }(std::index_sequence_for<Stored...>{});
                    ++count;
                }
            }
        } catch (...) {
            failure_ = std::current_exception();
            has_ended_ = true;
            const auto shorten = [&](auto& column) {
                if (column.size() > count) column.pop_back();
            };
            std::apply([&](auto&... column) { (shorten(column), ...); }, values);
        }
        if (count == 0) return std::nullopt;
        auto columns = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return std::make_shared<const Columns>(std::get<I>(cursors_).column(std::move(std::get<I>(values)))...);
        }(std::index_sequence_for<Stored...>{});
        return MapPart<Columns>{std::move(columns), 0, count};
    }
    /// Few at first: the elements may be made slowly, and the reader may want few.
    [[nodiscard]] std::size_t window(std::size_t elements_read) const {
        return std::clamp(2 * elements_read, window_first, window_last);
    }
    [[nodiscard]] std::size_t part_size(std::size_t elements_read) const { return window(elements_read) / 4; }
    /// Throws what a range threw when it was read, which ended the input. For who has come to the end of its elements.
    void throw_if_failed() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    std::tuple<Cursor...> cursors_;
    bool has_ended_ = false;
    std::exception_ptr failure_;
};

template <class Arguments, class... Given>
auto make_map_input(Given&&... given) {
    require_job();
    if constexpr ((InPlace<Given> && ...)) {
        auto columns = make_columns<Arguments>(std::forward<Given>(given)...);
        return InPlaceInput<decltype(columns)>(std::move(columns));
    } else {
        auto cursors = make_cursors<Arguments>(std::forward<Given>(given)...);
        return PulledInput<Arguments, decltype(cursors)>(std::move(cursors));
    }
}

/// The Call of F with the elements of these arguments.
template <auto F, class Elements>
struct MapCall;
template <auto F, class... Element>
struct MapCall<F, std::tuple<Element...>> {
    static constexpr bool is_possible = is_possible_call<F, Element...>;
    using Type = call_for<F, Element...>;
};
template <auto F, class... Given>
using map_call = typename MapCall<F, elements_t<Given...>>::Type;

/// Whether these are ranges, or in place of ranges; says what to do otherwise, as in callable.hpp.
template <class... Given>
consteval bool check_map_arguments() {
    constexpr bool has_ranges = sizeof...(Given) > 0;
    constexpr bool all_are_ranges = (MapArgument<Given> && ...);
    static_assert(has_ranges, "scoop::map: at least one range is needed");
    static_assert(
        all_are_ranges,
        "scoop::map: every argument after the function must be a range, or scoop::fixed(value) for a value that "
        "is the same for all calls");
    return has_ranges && all_are_ranges;
}

/// Whether F can be called for the elements of these arguments; says what to do otherwise.
template <auto F, class... Given>
consteval bool check_map_call() {
    if constexpr (check_map_arguments<Given...>()) {
        if constexpr (MapCall<F, elements_t<Given...>>::is_possible) {
            using Arguments = typename map_call<F, Given...>::Arguments;
            constexpr bool elements_are_copyable = std::copy_constructible<Arguments>;
            static_assert(
                elements_are_copyable,
                "scoop::map: the function's parameters must be of types that can be copied, since a map copies the "
                "elements of its ranges; what can only be moved goes to scoop::submit, one call for each");
            return elements_are_copyable;
        }
    }
    return false;
}

}  // namespace scoop::detail
