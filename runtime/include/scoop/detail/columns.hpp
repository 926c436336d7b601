// Columns: where a map finds the argument of one parameter for element i, and how a stretch of them travels.
//
// On the submitting side a column is an integer range, one fixed value, one range of a product, a shared range, or a
// random-access range that is read where it lies: the user's, or a vector of what was pulled from another kind of
// range. On the wire it is a tag and the least that is needed; on the other side always a DecodedColumn.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "scoop/archive.hpp"
#include "scoop/detail/fixed_column.hpp"
#include "scoop/detail/kept_view.hpp"
#include "scoop/error.hpp"
#include "scoop/range.hpp"
#include "scoop/shared.hpp"

namespace scoop {

/// All combinations of the elements of some ranges, the last range varying fastest.
template <class... Views>
class Product {
public:
    static constexpr std::size_t dimensions = sizeof...(Views);
    struct Sizes {
        std::array<std::size_t, dimensions> each;
        std::size_t total = 1;
    };

    explicit Product(Views... views) : views_(std::move(views)...) {}
    [[nodiscard]] const std::tuple<Views...>& views() const& { return views_; }
    [[nodiscard]] std::tuple<Views...>&& views() && { return std::move(views_); }
    [[nodiscard]] Sizes sizes() const {
        Sizes sizes{std::apply(
            [](const auto&... view) {
                return std::array<std::size_t, dimensions>{static_cast<std::size_t>(std::ranges::size(view))...};
            },
            views_)};
        for (const std::size_t size : sizes.each) {
            if (size != 0 && sizes.total > std::numeric_limits<std::size_t>::max() / 2 / size)
                throw std::length_error("scoop::product: more combinations than can be counted");
            sizes.total *= size;
        }
        return sizes;
    }
    /// How many combinations in a row have the same element of range `dimension`.
    [[nodiscard]] std::size_t repeats(std::size_t dimension) const {
        const Sizes all = sizes();
        std::size_t repeats = 1;
        for (std::size_t later = dimension + 1; later < dimensions; ++later) repeats *= all.each[later];
        return repeats;
    }

private:
    std::tuple<Views...> views_;
};

/// In the arguments of map: every combination of the elements, which serve one parameter each. Ranges that are lvalues
/// must outlive the Results, as those of map itself; those that are not random-access, or do not know their size, are
/// copied, and must have an end. Throws std::length_error if there are too many combinations to count.
template <class... Ranges>
[[nodiscard]] auto product(Ranges&&... ranges) {
    constexpr bool all_are_ranges = sizeof...(Ranges) > 0 && (std::ranges::input_range<Ranges> && ...);
    static_assert(all_are_ranges,
                  "scoop::product: every argument must be a range; scoop::fixed(value) stands beside the product");
    if constexpr (all_are_ranges)
        return Product<decltype(detail::indexed_view_of(std::forward<Ranges>(ranges)))...>(
            detail::indexed_view_of(std::forward<Ranges>(ranges))...);
}

}  // namespace scoop

namespace scoop::detail {

template <class Stored, class T>
class IntegerColumn {
public:
    explicit IntegerColumn(IntegerRange<T> range) : first_(*range.begin()), size_(range.size()) {}
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] Stored at(std::size_t i) const {
        return static_cast<Stored>(static_cast<T>(first_ + static_cast<T>(i)));
    }
    void write(OutputArchive& archive, std::size_t begin, std::size_t) const {
        if constexpr (std::integral<Stored> && !std::same_as<Stored, bool>) {
            archive(ColumnTag::integers, static_cast<std::uint64_t>(at(begin)));
        } else {
            archive(ColumnTag::integers, static_cast<std::uint64_t>(static_cast<T>(first_ + static_cast<T>(begin))));
        }
    }

private:
    T first_;
    std::size_t size_;
};

/// Reads a random-access range where it lies (an lvalue), or owns it (an rvalue).
template <class Stored, class View>
class RangeColumn {
public:
    explicit RangeColumn(View view) : view_(std::move(view)) {}
    [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(std::ranges::size(view_)); }
    [[nodiscard]] Stored at(std::size_t i) const {
        return Stored(std::ranges::begin(view_)[static_cast<std::ranges::range_difference_t<View>>(i)]);
    }
    void write(OutputArchive& archive, std::size_t begin, std::size_t end) const {
        std::vector<Stored> stretch;
        stretch.reserve(end - begin);
        for (std::size_t i = begin; i < end; ++i) stretch.push_back(at(i));
        write_to(archive, ColumnTag::elements, stretch);
    }

private:
    mutable View view_;  // begin() of some views is not const; they are only ever read
};

/// One range of a product: every element `repeats` times in a row, and that again until `size` is reached.
template <class Stored, class View>
class ProductColumn {
public:
    ProductColumn(View view, std::size_t repeats, std::size_t size)
        : view_(std::move(view)),
          repeats_(repeats),
          length_(static_cast<std::size_t>(std::ranges::size(view_))),
          size_(size) {}
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] Stored at(std::size_t i) const {
        const std::size_t position = i / repeats_ % length_;
        return Stored(std::ranges::begin(view_)[static_cast<std::ranges::range_difference_t<View>>(position)]);
    }
    void write(OutputArchive& archive, std::size_t begin, std::size_t end) const {
        std::vector<Stored> stretch;
        stretch.reserve(end - begin);
        for (std::size_t i = begin; i < end; ++i) stretch.push_back(at(i));
        write_to(archive, ColumnTag::elements, stretch);
    }

private:
    mutable View view_;
    std::size_t repeats_;
    std::size_t length_;
    std::size_t size_;
};

/// A shared range: its elements are looked up where they are used.
template <class Stored>
class SharedColumn {
public:
    template <class Range>
    explicit SharedColumn(Shared<Range> range)
        : size_(static_cast<std::size_t>(std::ranges::size(*range))), first_{std::move(range), 0} {}
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] Stored at(std::size_t i) const { return {first_.range, i}; }
    void write(OutputArchive& archive, std::size_t begin, std::size_t) const { archive(ColumnTag::shared, at(begin)); }

private:
    std::size_t size_;
    Stored first_;
};

/// What arrived: `count` arguments for one parameter.
template <class Stored>
class DecodedColumn {
    // What is made when it is asked for, or where it lies here.
    using At = std::conditional_t<std::is_arithmetic_v<Stored> || is_shared_element<Stored>, Stored, const Stored&>;

public:
    DecodedColumn(InputArchive& archive, std::size_t count) {
        archive(tag_);
        switch (tag_) {
            case ColumnTag::elements:
                archive(values_);
                if (values_.size() != count)
                    throw SerializationError("scoop: a map's message holds a wrong number of elements");
                return;
            case ColumnTag::fixed: {
                Stored value{};  // not read in place: an element of a vector<bool> is no bool
                archive(value);
                values_.push_back(std::move(value));
                return;
            }
            case ColumnTag::fixed_shared:
                if constexpr (may_be_large<Stored>) {
                    archive(shared_);
                    return;
                }
                break;
            case ColumnTag::integers:
                archive(first_);
                if constexpr (std::is_arithmetic_v<Stored>) return;
                break;
            case ColumnTag::shared:
                if constexpr (is_shared_element<Stored>) {
                    Stored first{};
                    archive(first);
                    if (first.index > std::ranges::size(*first.range) ||
                        count > std::ranges::size(*first.range) - first.index)
                        throw SerializationError("scoop: a map's message goes beyond its shared range");
                    values_.push_back(std::move(first));
                    return;
                }
        }
        throw SerializationError("scoop: a map's message holds an unknown kind of argument");
    }
    /// Waits for a value that comes apart from the message; else every call would wait for it, one set aside after the
    /// other.
    void fetch() const {
        if constexpr (may_be_large<Stored>) {
            if (tag_ != ColumnTag::fixed_shared) return;
            try {
                (void)*shared_;
            } catch (...) {  // each call is told
            }
        }
    }
    [[nodiscard]] At at(std::size_t i) const {
        switch (tag_) {
            case ColumnTag::fixed: return values_[0];
            case ColumnTag::fixed_shared:
                if constexpr (may_be_large<Stored>) return *shared_;
                break;
            case ColumnTag::integers:
                if constexpr (std::floating_point<Stored>) {
                    return static_cast<Stored>(static_cast<std::int64_t>(first_ + i));
                } else if constexpr (std::is_arithmetic_v<Stored>) {
                    return static_cast<Stored>(first_ + i);
                }
                break;
            case ColumnTag::shared:
                if constexpr (is_shared_element<Stored>) return {values_[0].range, values_[0].index + i};
                break;
            case ColumnTag::elements: break;
        }
        return values_[i];
    }
    void write(OutputArchive& archive, std::size_t begin, std::size_t end) const {
        switch (tag_) {
            case ColumnTag::fixed: write_to(archive, tag_, values_[0]); return;
            case ColumnTag::fixed_shared:
                if constexpr (may_be_large<Stored>) write_to(archive, tag_, shared_);
                return;
            case ColumnTag::integers: archive(tag_, first_ + begin); return;
            case ColumnTag::shared: archive(tag_, at(begin)); return;
            case ColumnTag::elements: break;
        }
        write_to(archive, tag_,
                 std::vector<Stored>(values_.begin() + static_cast<std::ptrdiff_t>(begin),
                                     values_.begin() + static_cast<std::ptrdiff_t>(end)));
    }

private:
    ColumnTag tag_{};
    std::uint64_t first_ = 0;
    std::vector<Stored> values_;
    [[no_unique_address]] std::conditional_t<may_be_large<Stored>, Shared<Stored>, std::monostate> shared_;
};

template <class T>
inline constexpr bool is_fixed = false;
template <class T>
inline constexpr bool is_fixed<Fixed<T>> = true;
template <class T>
inline constexpr bool is_integer_range = false;
template <class T>
inline constexpr bool is_integer_range<IntegerRange<T>> = true;
template <class T>
inline constexpr bool is_product = false;
template <class... Views>
inline constexpr bool is_product<Product<Views...>> = true;

/// Elements of one task of a map, at first; it splits further when others want work.
inline constexpr std::size_t stretch_elements_max = std::size_t{1} << 31;

/// Known by position from the start, so that nothing has to be pulled.
template <class R>
concept InPlace =
    is_fixed<std::remove_cvref_t<R>> || is_product<std::remove_cvref_t<R>> || is_shared_range<std::remove_cvref_t<R>> ||
    (std::ranges::random_access_range<R> && std::ranges::sized_range<R>);

template <class R>
concept MapArgument =
    is_fixed<std::remove_cvref_t<R>> || is_product<std::remove_cvref_t<R>> || is_shared_range<std::remove_cvref_t<R>> ||
    is_shared_sequence<std::remove_cvref_t<R>> || std::ranges::input_range<R>;

/// What the elements of a map's argument are, one type for each parameter that it serves.
template <class Given>
struct ElementsOf {
    using Types = std::tuple<std::ranges::range_value_t<Given>>;
};
template <class T>
struct ElementsOf<Fixed<T>> {
    using Types = std::tuple<T>;
};
template <class Range>
    requires is_shared_range<Shared<Range>>
struct ElementsOf<Shared<Range>> {
    using Types = std::tuple<SharedElement<Range>>;
};
template <class Range>
    requires is_shared_sequence<Shared<Range>>
struct ElementsOf<Shared<Range>> {
    using Types = std::tuple<std::ranges::range_value_t<const Range>>;
};
template <class... Views>
struct ElementsOf<Product<Views...>> {
    using Types = std::tuple<std::ranges::range_value_t<Views>...>;
};
template <class... Given>
using elements_t = decltype(std::tuple_cat(std::declval<typename ElementsOf<std::remove_cvref_t<Given>>::Types>()...));

/// The columns of one argument of map, as a tuple; `Stored...` are the types of the parameters from this one on.
template <class Arguments, std::size_t First, class Given>
auto make_columns_of(Given&& given) {
    using Plain = std::remove_cvref_t<Given>;
    using Stored = std::tuple_element_t<First, Arguments>;
    if constexpr (is_fixed<Plain>) {
        return std::tuple{FixedColumn<Stored, decltype(given.value)>(std::forward<Given>(given))};
    } else if constexpr (is_product<Plain>) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            Plain product(std::forward<Given>(given));
            const std::array<std::size_t, Plain::dimensions> repeats{product.repeats(I)...};
            const std::size_t total = product.sizes().total;
            return std::tuple{ProductColumn<std::tuple_element_t<First + I, Arguments>,
                                            std::remove_cvref_t<decltype(std::get<I>(product.views()))>>(
                std::get<I>(std::move(product).views()), repeats[I], total)...};
        }(std::make_index_sequence<Plain::dimensions>{});
    } else if constexpr (is_shared_range<Plain>) {
        return std::tuple{SharedColumn<Stored>(std::forward<Given>(given))};
    } else if constexpr (is_integer_range<Plain> && std::is_arithmetic_v<Stored>) {
        return std::tuple{IntegerColumn<Stored, std::ranges::range_value_t<Plain>>(given)};
    } else {
        using View = decltype(view_of(std::forward<Given>(given)));
        return std::tuple{RangeColumn<Stored, View>(view_of(std::forward<Given>(given)))};
    }
}

/// The columns of all arguments of map.
template <class Arguments, std::size_t First = 0, class Given, class... Rest>
auto make_columns(Given&& given, Rest&&... rest) {
    auto columns = make_columns_of<Arguments, First>(std::forward<Given>(given));
    if constexpr (sizeof...(Rest) == 0) {
        return columns;
    } else {
        constexpr std::size_t next = First + std::tuple_size_v<decltype(columns)>;
        return std::tuple_cat(std::move(columns), make_columns<Arguments, next>(std::forward<Rest>(rest)...));
    }
}

}  // namespace scoop::detail
