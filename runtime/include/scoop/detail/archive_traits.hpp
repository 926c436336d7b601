// Which types can be serialized, decided at compile time down to the last element, and the type a parameter is stored
// as.
//
// cereal answers this for the outermost type only and fails inside its own headers for the rest. A class with functions
// of its own is believed; everything that is looked through here (containers, tuples, pointers, plain structs) is as
// good as its parts. The answer needs all of archive.hpp: include that.
#pragma once

#include <array>
#include <bitset>
#include <cereal/cereal.hpp>
#include <chrono>
#include <complex>
#include <concepts>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <span>
#include <stack>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <variant>
#include <vector>

#include "scoop/detail/aggregate.hpp"
#include "scoop/detail/archive_core.hpp"
#include "scoop/detail/archive_probe.hpp"
#include "scoop/detail/archive_wire.hpp"

namespace scoop::detail {

/// Whether T has member functions for scoop's archives and no others; the stand-in of archive_probe cannot call those.
template <class T>
concept HasMembersForOurArchive = cereal::traits::has_member_serialize<T, OutputArchive>::value ||
                                  cereal::traits::has_member_versioned_serialize<T, OutputArchive>::value ||
                                  cereal::traits::has_member_save<T, OutputArchive>::value ||
                                  cereal::traits::has_member_versioned_save<T, OutputArchive>::value;

/// A struct that is serialized member by member since nobody wrote functions for it.
template <class T>
concept PlainAggregate = Decomposable<T> && !archive_probe::has_own_functions<T> && !HasMembersForOurArchive<T>;

template <class... Types>
struct TypeList {};

/// The types a standard template is made of, as far as they are serialized with it. Not defined for other types.
template <class T>
struct PartsOf;

// clang-format off
template <class T, class A>
struct PartsOf<std::vector<T, A>> { using Type = TypeList<T>; };
template <class T, class A>
struct PartsOf<std::deque<T, A>> { using Type = TypeList<T>; };
template <class T, class A>
struct PartsOf<std::list<T, A>> { using Type = TypeList<T>; };
template <class T, class A>
struct PartsOf<std::forward_list<T, A>> { using Type = TypeList<T>; };
template <class T>
struct PartsOf<std::valarray<T>> { using Type = TypeList<T>; };
template <class T, std::size_t N>
struct PartsOf<std::array<T, N>> { using Type = TypeList<T>; };
template <class T, std::size_t N>
struct PartsOf<T[N]> { using Type = TypeList<T>; };
template <class C, class Traits, class A>
struct PartsOf<std::basic_string<C, Traits, A>> { using Type = TypeList<C>; };
template <std::size_t N>
struct PartsOf<std::bitset<N>> { using Type = TypeList<>; };
template <class T, class C, class A>
struct PartsOf<std::set<T, C, A>> { using Type = TypeList<T>; };
template <class T, class C, class A>
struct PartsOf<std::multiset<T, C, A>> { using Type = TypeList<T>; };
template <class T, class H, class E, class A>
struct PartsOf<std::unordered_set<T, H, E, A>> { using Type = TypeList<T>; };
template <class T, class H, class E, class A>
struct PartsOf<std::unordered_multiset<T, H, E, A>> { using Type = TypeList<T>; };
template <class K, class V, class C, class A>
struct PartsOf<std::map<K, V, C, A>> { using Type = TypeList<K, V>; };
template <class K, class V, class C, class A>
struct PartsOf<std::multimap<K, V, C, A>> { using Type = TypeList<K, V>; };
template <class K, class V, class H, class E, class A>
struct PartsOf<std::unordered_map<K, V, H, E, A>> { using Type = TypeList<K, V>; };
template <class K, class V, class H, class E, class A>
struct PartsOf<std::unordered_multimap<K, V, H, E, A>> { using Type = TypeList<K, V>; };
template <class T, class C>
struct PartsOf<std::stack<T, C>> { using Type = TypeList<C>; };
template <class T, class C>
struct PartsOf<std::queue<T, C>> { using Type = TypeList<C>; };
template <class T, class C, class L>
struct PartsOf<std::priority_queue<T, C, L>> { using Type = TypeList<C>; };
template <class A, class B>
struct PartsOf<std::pair<A, B>> { using Type = TypeList<A, B>; };
template <class... Ts>
struct PartsOf<std::tuple<Ts...>> { using Type = TypeList<Ts...>; };
template <class... Ts>
struct PartsOf<std::variant<Ts...>> { using Type = TypeList<Ts...>; };
template <class T>
struct PartsOf<std::optional<T>> { using Type = TypeList<T>; };
template <class T>
struct PartsOf<std::complex<T>> { using Type = TypeList<T>; };
template <class R, class P>
struct PartsOf<std::chrono::duration<R, P>> { using Type = TypeList<R>; };
template <class C, class D>
struct PartsOf<std::chrono::time_point<C, D>> { using Type = TypeList<D>; };

// clang-format on

template <class T>
concept HasParts = requires { typename PartsOf<T>::Type; };

/// What a smart pointer points to.
template <class T>
struct PointeeOf;
template <class T, class Deleter>
struct PointeeOf<std::unique_ptr<T, Deleter>> {
    using Type = T;
};
template <class T>
struct PointeeOf<std::shared_ptr<T>> {
    using Type = T;
};
template <class T>
struct PointeeOf<std::weak_ptr<T>> {
    using Type = T;
};

template <class T>
concept SmartPointer = requires { typename PointeeOf<T>::Type; };

struct ListTypes {
    template <class... Members>
    TypeList<Members...> operator()(Members&...) const {
        return {};
    }
};
template <class T>
using MemberTypes = decltype(visit_members(std::declval<T&>(), ListTypes{}));

/// `Seen` are the classes this one is part of: a class that contains itself is as good as the rest of it.
template <class T, class... Seen>
consteval bool can_serialize();

template <class... Seen, class... Parts>
consteval bool can_serialize_all(TypeList<Parts...>) {
    return (can_serialize<Parts, Seen...>() && ...);
}

template <class T, class... Seen>
consteval bool can_serialize_pointee() {
    if constexpr (std::is_array_v<T>) {
        return false;  // cereal would write the first element
    } else if constexpr (std::is_polymorphic_v<T>) {
        return true;  // which types it may be is known from their registration, at run time
    } else if constexpr (cereal::traits::has_load_and_construct<T, InputArchive>::value) {
        return cereal::traits::is_output_serializable<T, OutputArchive>::value;
    } else {
        return can_serialize<T, Seen...>();
    }
}

template <class T, class... Seen>
consteval bool can_serialize() {
    if constexpr ((std::is_same_v<T, Seen> || ...)) {
        return true;
    } else if constexpr (std::is_arithmetic_v<T>) {
        return WireNumber<T> && !std::is_const_v<T>;
    } else if constexpr (std::is_enum_v<T>) {
        return WireNumber<std::underlying_type_t<T>> && !std::is_const_v<T>;
    } else if constexpr (!std::is_default_constructible_v<T> || std::is_const_v<T> || std::is_pointer_v<T> ||
                         std::is_member_pointer_v<T> || std::is_null_pointer_v<T>) {
        return false;
    } else if constexpr (HasParts<T>) {
        return can_serialize_all<T, Seen...>(typename PartsOf<T>::Type{});
    } else if constexpr (SmartPointer<T>) {
        return can_serialize_pointee<std::remove_const_t<typename PointeeOf<T>::Type>, T, Seen...>();
    } else if constexpr (PlainAggregate<T>) {
        if constexpr (member_count<T>() == 0 || member_count<T>() > aggregate_members_max) {
            return false;
        } else {
            return can_serialize_all<T, Seen...>(MemberTypes<T>{});
        }
    } else if constexpr (std::is_empty_v<T> && !archive_probe::has_own_functions<T>) {
        return true;
    } else {
        return cereal::traits::is_output_serializable<T, OutputArchive>::value &&
               cereal::traits::is_input_serializable<T, InputArchive>::value;
    }
}

/// Whether values of this type can be written and read back: arguments, results, elements of containers.
template <class T>
inline constexpr bool is_serializable = can_serialize<std::remove_cv_t<T>>();

template <class T>
constexpr void require_serializable() {
    static_assert(
        is_serializable<T>,
        "scoop: this type cannot be sent to another process: make it a plain struct of at most 32 members that "
        "can be sent themselves, or give it `template <class Archive> void serialize(Archive& archive)` and a "
        "default constructor; raw pointers, references, long double and wchar_t cannot be sent at all");
}

template <class T>
struct StoredAs {
    using Type = T;
};
template <>
struct StoredAs<const char*> {
    using Type = std::string;
};
template <>
struct StoredAs<char*> {
    using Type = std::string;
};
template <class Char, class Traits>
struct StoredAs<std::basic_string_view<Char, Traits>> {
    using Type = std::basic_string<Char, Traits>;
};
/// An element of a map.
template <class Key, class Value>
struct StoredAs<std::pair<const Key, Value>> {
    using Type = std::pair<Key, Value>;
};
template <class T, std::size_t Extent>
struct StoredAs<std::span<T, Extent>> {
    using Type = std::vector<std::remove_cv_t<T>>;
};

/// The type in which an argument waits and travels for a parameter declared as Param: the decayed type, with views
/// replaced by what owns their elements. `T&` of a non-const T gives T here; whoever takes a task's function refuses
/// it.
template <class Param>
using stored_t = typename StoredAs<std::decay_t<Param>>::Type;

}  // namespace scoop::detail
