// What a task's function is called in every process of a job, whatever compiler and architecture built it.
//
// The identity is a name and a signature, hashed; never an address, an offset or a position in a table. The name is the
// qualified one with its template arguments and without its parameters, since the mangled types of parameters differ
// between word sizes. The signature says what travels, in fixed widths.
//
//   ns::trial                  a function; template arguments follow in <>, " const" after a member function
//   trial@main.cpp             one with internal linkage (static, or in or made with an unnamed namespace): the file
//                              that was compiled keeps it apart from its namesakes in other files
//   ns::Scale{(f64)[…],3}      a function object that is a template argument, with its value
//   main::{lambda(i32)#1}@…    a closure. Closures are numbered by position, so the name means the same function only
//   in
//                              equal builds: `is_closure` is set, and the whole path of the file follows
//
// This is the one header that uses compiler extensions: __BASE_FILE__, the file that the compiler was called for. It is
// used for functions with internal linkage, of which each file has its own instance of what is below, and for closures,
// whose names need to agree only among the processes of one build.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "scoop/archive.hpp"
#include "scoop/detail/type_name.hpp"

namespace scoop::detail {

/// The 64 bits by which a function is called on the wire: FNV-1a over name, a zero byte, signature.
[[nodiscard]] constexpr std::uint64_t task_hash(std::string_view name, std::string_view signature) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    const auto add = [&hash](std::string_view text) {
        for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    };
    add(name);
    add(std::string_view("\0", 1));
    add(signature);
    return hash;
}

/// Carries a function into a mangled name.
template <auto F>
struct FunctionTag {};

struct FunctionName {
    std::string name;
    bool is_closure = false;
};

/// The name of F, given the mangled name of FunctionTag<F> and the file that is being compiled.
[[nodiscard]] FunctionName name_of_tag(const char* mangled_tag, std::string_view file);

template <class T>
[[nodiscard]] std::string signature_part() {
    return portable_type_name(typeid(stored_t<T>));
}

template <class Signature>
struct SignatureText;
template <class R, class... Args>
struct SignatureText<R(Args...)> {
    static std::string make() {
        std::string text = signature_part<R>() + '(';
        ((text += signature_part<Args>() + ','), ...);
        if (text.back() == ',') text.pop_back();
        return text + ')';
    }
};

/// "f64(u64,vec<str>)": what travels for a result of type R and parameters of types Args, in their stored types.
template <class Signature>
[[nodiscard]] std::string signature_text() {
    return SignatureText<Signature>::make();
}

struct FunctionIdentity {
    std::string name;
    std::string signature;
    std::uint64_t hash = 0;
    bool is_closure = false;  ///< the same function only in processes of equal build ids
};

/// A string literal as a template argument.
template <std::size_t Size>
struct Literal {
    char text[Size] = {};
    consteval Literal(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }
};

/// Declares a function that GiveName defines where SCOOP_TASK_NAME mentions it, which may be in any namespace; a
/// specialization of a template of ours could not be in one of the user's. Until then its result is not known.
#pragma GCC diagnostic push
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wnon-template-friend"  // one function for each F is what is wanted
#endif
template <auto F>
struct NameOf {
    friend constexpr auto name_given_to(NameOf);
};
#pragma GCC diagnostic pop
template <Literal Name, auto F>
struct GiveName {
    friend constexpr auto name_given_to(NameOf<F>) { return static_cast<const char*>(Name.text); }
    static constexpr bool is_done = true;
};

/// The name that SCOOP_TASK_NAME gave to F; null if it gave none.
template <auto F>
consteval const char* given_name() {
    if constexpr (requires { name_given_to(NameOf<F>{}); }) {
        return name_given_to(NameOf<F>{});
    } else {
        return nullptr;
    }
}

/// The name of F; lives as long as the program.
template <auto F>
[[nodiscard]] const FunctionName& function_name() {
    constexpr const char* given = given_name<F>();
    static const FunctionName name =
        given != nullptr ? FunctionName{given, false} : name_of_tag(typeid(FunctionTag<F>).name(), __BASE_FILE__);
    return name;
}

/// The identity of F called with the signature R(Args...), for member functions with the object first. Lives as long as
/// the program; to be asked for once per function, at its registration.
template <auto F, class Signature>
[[nodiscard]] const FunctionIdentity& function_identity() {
    static const FunctionIdentity identity = [] {
        const auto& [name, is_closure] = function_name<F>();
        std::string signature = signature_text<Signature>();
        const std::uint64_t hash = task_hash(name, signature);
        return FunctionIdentity{name, std::move(signature), hash, is_closure};
    }();
    return identity;
}

}  // namespace scoop::detail
