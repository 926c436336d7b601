// register_exception: lets an exception type of the user's arrive as itself where its task is waited for.
#pragma once

#include <concepts>
#include <exception>
#include <string>
#include <typeinfo>

#include "scoop/archive.hpp"
#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/type_name.hpp"

namespace scoop {

/// From now on an E that a task throws arrives as an E; without this it arrives as a RemoteError. To be called before
/// `run`, so that every process of the job does it.
///
/// E can be serialized (archive.hpp), or is derived from std::exception and can be constructed from a std::string; it
/// is then made from what(). What is registered is E alone: a class derived from it needs its own call.
template <class E>
void register_exception() {
    constexpr bool is_made_from_text =
        std::derived_from<E, std::exception> && std::constructible_from<E, const std::string&>;
    static_assert(detail::is_serializable<E> || is_made_from_text,
                  "scoop::register_exception: the type needs a serialize function and a default constructor, or to be "
                  "derived from std::exception and have a constructor that takes a std::string");
    const std::string key = detail::portable_type_name(typeid(E));
    if constexpr (detail::is_serializable<E>) {
        detail::register_codec_of<E>({key, &detail::encode_value<E>, &detail::decode_value<E>});
    } else {
        detail::register_codec_of<E>({key, &detail::encode_text_only, &detail::decode_from_text<E>});
    }
}

}  // namespace scoop
