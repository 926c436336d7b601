// FixedColumn: the one value that every call of a map gets for a parameter, from scoop::fixed(value).
//
// A value of a type that may be large is kept as a Shared one, so that every call reads the same object, and a large
// one travels to a host once, not with each stretch of the map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "scoop/archive.hpp"
#include "scoop/shared.hpp"

namespace scoop {

/// In place of a range: the same value for every call.
template <class T>
struct Fixed {
    T value;
};

/// Stands for an endless range of copies of `value` in the arguments of map. A large value travels once to each host;
/// a function that takes it as `const T&` reads it without a copy.
template <class T>
[[nodiscard]] Fixed<std::decay_t<T>> fixed(T&& value) {
    return {std::forward<T>(value)};
}

}  // namespace scoop

namespace scoop::detail {

inline constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();

enum class ColumnTag : std::uint8_t { elements = 0, fixed = 1, integers = 2, shared = 3, fixed_shared = 4 };

/// Bytes of a fixed value from which on it travels once to each host. Fewer fit beside the other arguments of a
/// stretch, where nobody has to ask for them.
inline constexpr std::size_t fixed_bytes_inline = 4096;

/// Whether values of this type may have so many bytes.
template <class Stored>
inline constexpr bool may_be_large = !is_shared<Stored> && !is_shared_element<Stored> &&
                                     !(std::is_trivially_copyable_v<Stored> && sizeof(Stored) <= fixed_bytes_inline);

template <class Stored, class T>
class FixedColumn {
public:
    /// Waits for shared values that the value itself has handles to: the comm thread, which sends it, cannot.
    explicit FixedColumn(Fixed<T> fixed) : value_(kept(Stored(std::move(fixed.value)))) {
        if constexpr (may_be_large<Stored>) {
            try {
                (void)SharedAccess::size(value_);
            } catch (...) {  // who sends it is told
            }
        }
    }
    [[nodiscard]] std::size_t size() const { return endless; }
    [[nodiscard]] const Stored& at(std::size_t) const {
        if constexpr (may_be_large<Stored>) {
            return *value_;
        } else {
            return value_;
        }
    }
    /// The handle, for who reads the value where it lies.
    [[nodiscard]] const Shared<Stored>& shared() const
        requires may_be_large<Stored>
    {
        return value_;
    }
    void write(OutputArchive& archive, std::size_t, std::size_t) const {
        if constexpr (may_be_large<Stored>) {
            // A digest is that of the value in either way.
            if (archive.shared_as() == SharedAs::digest || SharedAccess::size(value_) >= fixed_bytes_inline) {
                write_to(archive, ColumnTag::fixed_shared, value_);
                return;
            }
        }
        write_to(archive, ColumnTag::fixed, at(0));
    }

private:
    static auto kept(Stored&& value) {
        if constexpr (may_be_large<Stored>) {
            return share(std::move(value));
        } else {
            return std::move(value);
        }
    }

    std::conditional_t<may_be_large<Stored>, Shared<Stored>, Stored> value_;
};

}  // namespace scoop::detail
