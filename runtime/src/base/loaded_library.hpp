// LoadedLibrary: a shared library that no program is linked with, loaded when it is asked for, and functions of it.
//
// It is never unloaded: what it has left with the C library, for the end of the process, would lead nowhere. One
// thread.
#pragma once

#include <string>

#include "base/failure.hpp"

namespace scoop::base {

class LoadedLibrary {
public:
    /// `name`: of the file, as the dynamic linker looks for it.
    explicit LoadedLibrary(const char* name);

    /// Sets the pointer to the function `symbol`, to null if there is none. Its type is the caller's word.
    template <class Function>
    void find(Function*& function, const char* symbol) {
        function = reinterpret_cast<Function*>(address_of(symbol));
    }

    /// Failure: the library is not there, or not all functions that were looked for.
    [[nodiscard]] Result<void> check(const char* attempt, const char* advice) const;

private:
    [[nodiscard]] void* address_of(const char* symbol);

    void* handle_;
    std::string error_;  // the first
};

}  // namespace scoop::base
