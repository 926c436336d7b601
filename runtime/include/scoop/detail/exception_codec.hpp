// Exceptions on the wire. The exact dynamic type decides: the std hierarchy, scoop's own and registered types arrive as
// themselves with the same what(); everything else, also a class derived from one of them, arrives as RemoteError. What
// std::throw_with_nested throws arrives as what it was given, without the nested one. A std::error_code of a category
// of the program's own arrives with the same value, message and name of the category, but is not of that category.
//
// Types are registered before `run`, by one thread; afterwards any thread may encode and decode.
#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "scoop/archive.hpp"

namespace scoop::detail {

/// The bytes of an exception (not null) that was thrown on this host and rank. Never fails for want of a way to send
/// the type or because the type's own serialize function throws: the exception is then sent as a RemoteError.
[[nodiscard]] std::string encode_exception(const std::exception_ptr& exception, std::string_view host,
                                           std::uint32_t rank);

/// What these bytes stand for, ready to be thrown. For malformed bytes a SerializationError.
[[nodiscard]] std::exception_ptr decode_exception(std::string_view bytes) noexcept;

/// Type and text of an exception, for messages: what(), or the value of a thrown number or string.
struct ExceptionText {
    std::string type_name;
    std::string what;
};
[[nodiscard]] ExceptionText describe_exception(const std::exception_ptr& exception);

/// How one type travels besides its text, which always does.
struct ExceptionCodec {
    std::string key;  ///< the type's name on the wire
    /// Requires that the exception is of this codec's type.
    std::string (*encode)(const std::exception_ptr& exception);
    std::exception_ptr (*decode)(std::string_view payload, const std::string& what);
};

/// For exceptions whose dynamic type is `thrown`, and for those that arrive under the codec's key.
void register_exception_codec(const std::type_info& thrown, ExceptionCodec codec);

/// An E with the text it had where it was thrown, for types whose constructor would make another one.
template <class E>
class Retold final : public E {
public:
    Retold(E original, const std::string& what) : E(std::move(original)), text_(what) {}
    [[nodiscard]] const char* what() const noexcept override { return text_.what(); }

private:
    std::runtime_error text_;  // a string whose copies cannot throw
};

/// The exception, with this text.
template <class E>
[[nodiscard]] std::exception_ptr told(E exception, const std::string& what) {
    if constexpr (std::derived_from<E, std::exception> && !std::is_final_v<E>) {
        if (exception.what() != what) return std::make_exception_ptr(Retold<E>(std::move(exception), what));
    }
    return std::make_exception_ptr(std::move(exception));
}

/// Registers a codec for E and for the E that was retold, which may be thrown on and travel again.
template <class E>
void register_codec_of(const ExceptionCodec& codec) {
    register_exception_codec(typeid(E), codec);
    if constexpr (std::derived_from<E, std::exception> && !std::is_final_v<E>) {
        register_exception_codec(typeid(Retold<E>), codec);
    }
}

inline std::string encode_text_only(const std::exception_ptr&) { return {}; }

template <class E>
std::exception_ptr decode_from_text(std::string_view, const std::string& what) {
    return told(E(what), what);
}

template <class E>
std::string encode_value(const std::exception_ptr& exception) {
    std::string payload;
    try {
        std::rethrow_exception(exception);
    } catch (const E& value) {
        serialize_into(payload, value);
    }
    return payload;
}

template <class E>
std::exception_ptr decode_value(std::string_view payload, const std::string& what) {
    return told(deserialize_from<E>(payload), what);
}

}  // namespace scoop::detail
