// From the mangled name of FunctionTag<F> to the name of F. What the demangler prints inside FunctionTag<…>:
//
//   &ns::f                          a function in a namespace or class, not a template
//   &(f(int))                       one outside of any, or a template: with parameters
//   &(int ns::f<int>(int))          a function template: with its result, too
//   &(ns::C::f(int) const)          a member function
//   ns::Scale{3, true}              an object
#include "scoop/detail/function_identity.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace scoop::detail {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether the function in the tag is declared static in a namespace: the ABI writes an L before its identifier.
bool is_static_function(std::string_view mangled_tag) {
    const std::size_t start = mangled_tag.find("L_Z");
    if (start == std::string_view::npos) return false;
    std::string_view name = mangled_tag.substr(start + 3);
    if (name.starts_with('N')) name.remove_prefix(1);
    while (!name.empty() && is_digit(name.front())) {
        std::size_t length = 0;
        while (!name.empty() && is_digit(name.front())) {
            length = length * 10 + static_cast<std::size_t>(name.front() - '0');
            name.remove_prefix(1);
        }
        if (length >= name.size()) return false;
        name.remove_prefix(length);
    }
    return name.size() > 1 && name[0] == 'L' && is_digit(name[1]);
}

/// The text between the angle brackets of "…FunctionTag<…>".
std::string_view inside_tag(std::string_view text) {
    const std::size_t open = text.find('<');
    if (open == std::string_view::npos || !text.ends_with('>')) return text;
    text = text.substr(open + 1, text.size() - open - 2);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

/// Where the bracket that the last character closes was opened; npos if it closes none.
std::size_t opening_of_last(std::string_view text) {
    int depth = 0;
    for (std::size_t i = text.size(); i-- > 0;) {
        if (text[i] == ')') ++depth;
        if (text[i] == '(' && --depth == 0) return i;
        if (depth == 0) break;
    }
    return std::string_view::npos;
}

/// Takes the qualifiers of a member function off the end, with the space before them.
std::string take_qualifiers(std::string_view& function) {
    const std::size_t end = function.rfind(')');
    if (end == std::string_view::npos) return {};
    std::string qualifiers(function.substr(end + 1));
    function = function.substr(0, end + 1);
    return qualifiers;
}

/// A template's result is printed before its name; neither space nor bracket of the name itself ends it.
std::string_view without_result(std::string_view function) {
    if (!function.ends_with('>') || function.find("operator") != std::string_view::npos) return function;
    int depth = 0;
    for (std::size_t i = function.size(); i-- > 0;) {
        const char c = function[i];
        if (c == '>' || c == ')' || c == '}') ++depth;
        if (c == '<' || c == '(' || c == '{') --depth;
        if (c == ' ' && depth == 0) return function.substr(i + 1);
    }
    return function;
}

/// "int ns::C::f<int>(int) const" without result and parameters: "ns::C::f<int> const".
std::string bare_function(std::string_view function) {
    const std::string qualifiers = take_qualifiers(function);
    const std::size_t parameters = opening_of_last(function);
    if (parameters != std::string_view::npos) function = function.substr(0, parameters);
    return std::string(without_result(function)) + qualifiers;
}

std::string bare_name(std::string_view inside) {
    if (inside.starts_with("&(") && inside.ends_with(')') && opening_of_last(inside) == 1) {
        return bare_function(inside.substr(2, inside.size() - 3));
    }
    if (inside.starts_with('&')) inside.remove_prefix(1);
    return std::string(inside);
}

bool has_closure(std::string_view text) {
    return text.find("{lambda(") != std::string_view::npos || text.find("'lambda") != std::string_view::npos ||
           text.find("{unnamed") != std::string_view::npos || text.find("$_") != std::string_view::npos;
}

}  // namespace

FunctionName name_of_tag(const char* mangled_tag, std::string_view file) {
    const std::string text = demangled(mangled_tag);
    FunctionName result;
    result.is_closure = has_closure(text);
    result.name = portable_text(bare_name(inside_tag(text)));
    if (result.is_closure) {
        result.name += '@';
        result.name += file;
    } else if (is_static_function(mangled_tag) || text.find("(anonymous namespace)") != std::string::npos) {
        result.name += '@';
        result.name += file.substr(file.rfind('/') + 1);  // the whole file if there is no '/', as npos + 1 is 0
    }
    return result;
}

}  // namespace scoop::detail
