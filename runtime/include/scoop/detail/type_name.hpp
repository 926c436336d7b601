// Names of types: as C++ text for messages, and in a form that compilers and word sizes agree on for the wire.
//
// Both start from the mangled name, which the C++ ABI of all Linux platforms fixes. __PRETTY_FUNCTION__ would be known
// at compile time, but g++ and clang spell it differently, and clang leaves the arguments of function templates out.
// Any thread.
#pragma once

#include <string>
#include <typeinfo>

namespace scoop::detail {

/// The C++ text of a mangled name; the mangled name itself where there is none.
[[nodiscard]] std::string demangled(const char* mangled);

/// C++ text with what differs between platforms replaced: numbers are called by kind and width (i32, u64, f64; `long`,
/// as on the wire, has 64 bits), std::string is str, std::vector is vec, inline namespaces of the standard library and
/// its default template arguments are left out, and there are no spaces but between words.
[[nodiscard]] std::string portable_text(std::string text);

/// The portable name of a type; two types of one name are the same type, written in two builds.
[[nodiscard]] std::string portable_type_name(const std::type_info& type);

}  // namespace scoop::detail
