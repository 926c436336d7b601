#include "worker/function_table.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unordered_map>

#include "scoop/error.hpp"
#include "scoop/function.hpp"

namespace scoop::worker {

namespace {

std::unordered_map<std::uint64_t, const detail::FunctionEntry*>& table() {
    static std::unordered_map<std::uint64_t, const detail::FunctionEntry*> functions;
    return functions;
}

std::string described(const detail::FunctionEntry& entry) {
    return std::string(entry.name) + " " + std::string(entry.signature);
}

}  // namespace

const detail::FunctionEntry* find_function(std::uint64_t hash) {
    const auto found = table().find(hash);
    return found == table().end() ? nullptr : found->second;
}

std::vector<std::string> function_names() {
    std::vector<std::string> names;
    names.reserve(table().size());
    for (const auto& [hash, entry] : table()) names.push_back(described(*entry));
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace scoop::worker

namespace scoop::detail {

namespace {

struct Handle {
    AnyFunctionPointer function;
    std::string name;
};

std::unordered_map<std::uint64_t, Handle>& handles() {
    static std::unordered_map<std::uint64_t, Handle> functions;
    return functions;
}

}  // namespace

bool register_handle(std::uint64_t hash, AnyFunctionPointer function, const std::string& name) {
    const auto [at, is_new] = handles().emplace(hash, Handle{function, name});
    if (!is_new && at->second.name != name) {
        std::fprintf(stderr,
                     "scoop: two functions of this program cannot be told apart: %s and %s; rename one of them\n",
                     at->second.name.c_str(), name.c_str());
        std::_Exit(125);
    }
    return true;
}

AnyFunctionPointer find_handle(std::uint64_t hash) {
    const auto found = handles().find(hash);
    if (found == handles().end())
        throw FunctionNotFound(
            "scoop::Function: this program has no such function: it is another build of the one that sent it");
    return found->second.function;
}

bool register_function(const FunctionEntry& entry) {
    const auto [at, is_new] = worker::table().emplace(entry.hash, &entry);
    if (!is_new && at->second != &entry) {
        std::fprintf(
            stderr, "scoop: two tasks of this program cannot be told apart: %s and %s; give one of them another name\n",
            worker::described(*at->second).c_str(), worker::described(entry).c_str());
        std::_Exit(125);
    }
    return true;
}

}  // namespace scoop::detail
