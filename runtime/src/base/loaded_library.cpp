#include "base/loaded_library.hpp"

#include <dlfcn.h>

namespace scoop::base {

LoadedLibrary::LoadedLibrary(const char* name) : handle_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) error_ = ::dlerror();
}

void* LoadedLibrary::address_of(const char* symbol) {
    if (handle_ == nullptr) return nullptr;
    void* const address = ::dlsym(handle_, symbol);
    if (address == nullptr && error_.empty()) error_ = ::dlerror();
    return address;
}

Result<void> LoadedLibrary::check(const char* attempt, const char* advice) const {
    if (!error_.empty()) return failure(attempt, error_, advice);
    return {};
}

}  // namespace scoop::base
