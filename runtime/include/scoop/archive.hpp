// OutputArchive and InputArchive: how arguments, results and exceptions become bytes and come back.
//
// They follow cereal's customization protocol: `serialize`, `save`/`load`, the minimal and versioned forms, members or
// free functions, base_class, polymorphic types under CEREAL_REGISTER_TYPE, load_and_construct for what smart pointers
// own. What was written for cereal works; all of cereal/types is included here. Beyond cereal: plain structs of up to
// 32 members, C arrays in them too, std::filesystem::path, and the engines of <random>, without any
// user code. The bytes are the same on every host (detail/archive_wire.hpp).
//
// Reading trusts nothing: every read is checked against the bytes that are there, before anything is allocated for it.
// A value nests at most `nesting_max` objects deep, in both directions, since a stack stands behind each level.
//
// An archive borrows its sink or its bytes and belongs to one thread at a time.
#pragma once

#include <string>
#include <string_view>

#include "scoop/detail/archive_core.hpp"
#include "scoop/detail/archive_random.hpp"
#include "scoop/detail/archive_traits.hpp"
#include "scoop/detail/archive_types.hpp"
#include "scoop/error.hpp"

namespace scoop {

using detail::InputArchive;
using detail::OutputArchive;

}  // namespace scoop

namespace scoop::detail {

/// What the functions below throw for the exception being handled: scoop's errors and std::bad_alloc as they are,
/// everything else (cereal's, those of user code) as a SerializationError with its text.
[[noreturn]] void rethrow_as_serialization_error();

/// Appends the bytes of `value`. Throws SerializationError if it cannot be represented (nested too deep, an
/// unregistered polymorphic type, a user's function failed); the sink then holds what it held before.
template <class T>
void serialize_into(ByteSink& sink, const T& value, SharedAs shared_as = SharedAs::handle) {
    require_serializable<T>();
    const std::size_t size_before = sink.size();
    try {
        OutputArchive archive(sink, shared_as);
        archive(value);
    } catch (...) {
        sink.shrink(size_before);
        rethrow_as_serialization_error();
    }
}
template <class T>
void serialize_into(std::string& text, const T& value, SharedAs shared_as = SharedAs::handle) {
    StringSink sink(text);
    serialize_into(sink, value, shared_as);
}

/// The value whose bytes these are, all of them. Throws SerializationError if they are not.
template <class T>
[[nodiscard]] T deserialize_from(std::string_view bytes) {
    require_serializable<T>();
    try {
        InputArchive archive(bytes);
        T value{};
        archive(value);
        archive.expect_end();
        return value;
    } catch (...) {
        rethrow_as_serialization_error();
    }
}

/// As archive(values…), of an archive that goes on; fails as serialize_into does.
template <class... Values>
void write_to(OutputArchive& archive, const Values&... values) {
    try {
        archive(values...);
    } catch (...) {
        rethrow_as_serialization_error();
    }
}
/// What `read(archive)` returns; fails as deserialize_from does.
template <class Read>
auto read_from(InputArchive& archive, Read read) {
    try {
        return read(archive);
    } catch (...) {
        rethrow_as_serialization_error();
    }
}

}  // namespace scoop::detail
