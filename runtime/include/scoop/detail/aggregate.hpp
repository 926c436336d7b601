// Plain aggregates without user code: how many members one has, and a call with all of them.
//
// The members are counted by how many `{}` the type can be initialised with: `{}` initialises exactly one member, a C
// array too, where any other initialiser would be spread over the array's elements. They are reached through structured
// bindings, so such an aggregate has no base classes, bit-fields or anonymous unions. C++20 can expand neither `{}` nor
// structured bindings from a pack; the two ladders below spell out what it cannot, and are the reason for the limit.
// Nor can it tell bit-fields and anonymous unions beforehand: the compiler shows the line that meets one, with what to
// do.
#pragma once

#include <cstddef>
#include <type_traits>

namespace scoop::detail {

/// The most members a plain aggregate may have to travel without a serialize function.
inline constexpr std::size_t aggregate_members_max = 32;

/// Converts to the bases of T only, so that T{AnyBaseOf<T>} tells whether T starts with one.
template <class T>
struct AnyBaseOf {
    template <class Base>
        requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>)
    operator Base() const;
};

template <class T>
concept HasBase = requires { T{AnyBaseOf<T>{}}; };

/// What the functions below take. Members that `{}` cannot initialise (references) end the count early.
template <class T>
concept Decomposable = std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_empty_v<T> && !HasBase<T>;

// clang-format off
/// The number of members of T, or aggregate_members_max + 1 for more than can be handled.
template <Decomposable T>
consteval std::size_t member_count() {
    if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
    }) return 33;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}};
    }) return 32;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 31;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 30;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 29;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 28;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 27;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 26;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 25;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 24;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 23;
    else if constexpr (requires {
        T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 22;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 21;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 20;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 19;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 18;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 17;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 16;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 15;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 14;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 13;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{},{}}; }) return 12;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{},{}}; }) return 11;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{},{}}; }) return 10;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{},{}}; }) return 9;
    else if constexpr (requires { T{{},{},{},{},{},{},{},{}}; }) return 8;
    else if constexpr (requires { T{{},{},{},{},{},{},{}}; }) return 7;
    else if constexpr (requires { T{{},{},{},{},{},{}}; }) return 6;
    else if constexpr (requires { T{{},{},{},{},{}}; }) return 5;
    else if constexpr (requires { T{{},{},{},{}}; }) return 4;
    else if constexpr (requires { T{{},{},{}}; }) return 3;
    else if constexpr (requires { T{{},{}}; }) return 2;
    else if constexpr (requires { T{{}}; }) return 1;
    else return 0;
}

/// Calls `visit` with references to all members of `value`, in the order of their declaration.
template <class T, class Visit>
    requires Decomposable<std::remove_const_t<T>>
constexpr decltype(auto) visit_members(T& value, Visit&& visit) {
    constexpr std::size_t count = member_count<std::remove_const_t<T>>();
    static_assert(count > 0 && count <= aggregate_members_max,
                  "scoop: a plain struct travels without a serialize function if it has 1 to 32 members, no references "
                  "and no bit-fields; give this one `template <class Archive> void serialize(Archive& archive)`");
    if constexpr (count == 1) {
        auto& [a] = value; return visit(a);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 2) {
        auto& [a, b] = value; return visit(a, b);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 3) {
        auto& [a, b, c] = value; return visit(a, b, c);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 4) {
        auto& [a, b, c, d] = value; return visit(a, b, c, d);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 5) {
        auto& [a, b, c, d, e] = value; return visit(a, b, c, d, e);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 6) {
        auto& [a, b, c, d, e, f] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 7) {
        auto& [a, b, c, d, e, f, g] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 8) {
        auto& [a, b, c, d, e, f, g, h] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g, h);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 9) {
        auto& [a, b, c, d, e, f, g, h, i] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g, h, i);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 10) {
        auto& [a, b, c, d, e, f, g, h, i, j] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g, h, i, j);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 11) {
        auto& [a, b, c, d, e, f, g, h, i, j, k] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g, h, i, j, k);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 12) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g, h, i, j, k, l);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 13) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 14) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 15) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 16) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = value;  // bit-field, anonymous union: write serialize
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 17) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q);  // bit-field, anonymous union: write serialize
    } else if constexpr (count == 18) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r);
    } else if constexpr (count == 19) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s);
    } else if constexpr (count == 20) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t);
    } else if constexpr (count == 21) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u);
    } else if constexpr (count == 22) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v);
    } else if constexpr (count == 23) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w);
    } else if constexpr (count == 24) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x);
    } else if constexpr (count == 25) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y);
    } else if constexpr (count == 26) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z);
    } else if constexpr (count == 27) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A);
    } else if constexpr (count == 28) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B);
    } else if constexpr (count == 29) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C);
    } else if constexpr (count == 30) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D);
    } else if constexpr (count == 31) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E);
    } else if constexpr (count == 32) {
        auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, F] = value;
        return visit(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, A, B, C, D, E, F);
    }
}
// clang-format on

}  // namespace scoop::detail
