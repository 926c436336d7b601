// The failures of the archives, and what is not worth being inline.
#include "scoop/archive.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <exception>
#include <new>
#include <string>
#include <system_error>

namespace scoop::detail {

void throw_nested_too_deep() {
    throw SerializationError("serialize: more than " + std::to_string(nesting_max) +
                             " objects inside one another; send such a structure as a flat list");
}

void throw_bytes_end(std::size_t wanted, std::size_t left) {
    throw SerializationError("deserialize: the bytes end inside a value (" + std::to_string(wanted) + " wanted, " +
                             std::to_string(left) + " left)");
}

void throw_bytes_left(std::size_t left) {
    throw SerializationError("deserialize: " + std::to_string(left) + " bytes follow the value");
}

void throw_size_too_large(std::uint64_t size) {
    throw SerializationError("deserialize: a container of " + std::to_string(size) +
                             " elements is announced, more than the bytes that follow can hold");
}

void throw_malformed(const char* what) { throw SerializationError(std::string("deserialize: ") + what); }

void advise_huge_pages(void* begin, std::size_t size) noexcept {
    constexpr std::size_t huge_page_size = std::size_t{2} << 20;
    if (size < 2 * huge_page_size) return;
    static const auto page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(begin) % page_size;
    const std::uintptr_t skipped = offset == 0 ? 0 : page_size - offset;
    // Where it fails the pages are small.
    (void)::madvise(static_cast<char*>(begin) + skipped, (size - skipped) / page_size * page_size, MADV_HUGEPAGE);
}

void rethrow_as_serialization_error() {
    try {
        throw;
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        throw SerializationError(std::string("serialize: ") + error.what());
    } catch (...) {
        throw SerializationError("serialize: a serialize function threw something that is no std::exception");
    }
}

void InputArchive::registerSharedPointer(std::uint32_t id, const std::shared_ptr<void>& pointer) {
    const std::uint32_t number = id & ~cereal::detail::msb_32bit;
    if (shared_type_expected_ == nullptr) throw_malformed("a shared object of unknown type");
    shared_types_.insert_or_assign(number, std::type_index(*shared_type_expected_));
    Base::registerSharedPointer(id, pointer);
}

std::shared_ptr<void> InputArchive::getSharedPointer(std::uint32_t id) {
    if (id == 0) return nullptr;
    const auto found = shared_types_.find(id);
    if (found == shared_types_.end()) throw_malformed("a shared object that was never sent");
    if (shared_type_expected_ == nullptr || found->second != std::type_index(*shared_type_expected_)) {
        throw_malformed("a shared object is used as two different types");
    }
    return Base::getSharedPointer(id);
}

std::vector<std::uint64_t> numbers_of_line(const std::string& line) {
    std::vector<std::uint64_t> numbers;
    const char* next = line.data();
    const char* const end = next + line.size();
    while (next != end) {
        if (*next == ' ') {
            ++next;
            continue;
        }
        std::uint64_t number = 0;
        const auto [rest, error] = std::from_chars(next, end, number);
        if (error != std::errc{}) throw_malformed("not the state of a random number engine");
        numbers.push_back(number);
        next = rest;
    }
    return numbers;
}

}  // namespace scoop::detail
