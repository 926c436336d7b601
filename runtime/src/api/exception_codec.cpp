#include "scoop/detail/exception_codec.hpp"

#include <cxxabi.h>

#include <cstring>
#include <exception>
#include <string>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <utility>

#include "api/standard_exceptions.hpp"
#include "scoop/detail/type_name.hpp"
#include "scoop/error.hpp"

namespace scoop::detail {

namespace {

/// What travels for every exception.
struct Envelope {
    std::string key;  ///< of the codec; empty for a RemoteError, which the rest makes up
    std::string type_name;
    std::string what;
    std::string host;
    std::uint32_t rank = 0;
    std::string payload;
};

struct Registry {
    std::unordered_map<std::type_index, ExceptionCodec> by_type;
    std::unordered_map<std::string, ExceptionCodec> by_key;
};

/// The one table of this process. It is a static object since types are registered before there is a runtime.
Registry& registry() {
    static Registry table;
    return table;
}

/// The table, with the types in it that nobody has to register.
const Registry& filled_registry() {
    static const bool is_filled = (register_standard_exceptions(), true);
    (void)is_filled;
    return registry();
}

/// libstdc++ throws a class of its own for failures of streams, derived from the one that programs can name.
bool is_stream_failure(const std::type_info& type) { return std::strcmp(type.name(), "St13__ios_failure") == 0; }

/// What std::throw_with_nested was given: it throws a class of its own, derived from that and std::nested_exception
/// (the layout of such a class is from the Itanium C++ ABI). Null for all other types.
const std::type_info* type_with_nested(const std::type_info& thrown) {
    const auto* type = dynamic_cast<const abi::__vmi_class_type_info*>(&thrown);
    if (type == nullptr || type->__base_count != 2) return nullptr;
    const bool has_nested = *type->__base_info[1].__base_type == typeid(std::nested_exception);
    return has_nested ? type->__base_info[0].__base_type : nullptr;
}

const ExceptionCodec* find_codec(const std::type_info& thrown) {
    const auto& by_type = filled_registry().by_type;
    const auto found = by_type.find(is_stream_failure(thrown) ? typeid(std::ios_base::failure) : thrown);
    if (found != by_type.end()) return &found->second;
    const std::type_info* outer = type_with_nested(thrown);
    return outer == nullptr ? nullptr : find_codec(*outer);
}

/// The type of the exception being handled.
const std::type_info* handled_type() { return abi::__cxa_current_exception_type(); }

/// The text of the exception being handled.
std::string handled_text(const std::string& type_name) {
    try {
        throw;
    } catch (const std::exception& error) {
        return error.what();
    } catch (const std::string& text) {
        return text;
    } catch (const char* text) {
        return text == nullptr ? "a null pointer to characters" : text;
    } catch (int value) {
        return std::to_string(value);
    } catch (unsigned value) {
        return std::to_string(value);
    } catch (long value) {
        return std::to_string(value);
    } catch (unsigned long value) {
        return std::to_string(value);
    } catch (double value) {
        return std::to_string(value);
    } catch (...) {
        return "an object of type " + type_name + ", which is no std::exception";
    }
}

/// Retold is ours: what it stands for is the type in its angle brackets.
std::string without_retold(std::string name) {
    constexpr std::string_view prefix = "scoop::detail::Retold<";
    if (!name.starts_with(prefix) || !name.ends_with('>')) return name;
    return name.substr(prefix.size(), name.size() - prefix.size() - 1);
}

ExceptionText handled_description() {
    const std::type_info* type = handled_type();
    ExceptionText text;
    text.type_name = type == nullptr ? "unknown" : without_retold(demangled(type->name()));
    text.what = handled_text(text.type_name);
    return text;
}

/// The envelope of the exception being handled, which is `exception`.
Envelope make_envelope(const std::exception_ptr& exception, std::string_view host, std::uint32_t rank) {
    const std::type_info* type = handled_type();
    auto [type_name, what] = handled_description();
    Envelope envelope{"", std::move(type_name), std::move(what), std::string(host), rank, ""};
    const ExceptionCodec* codec = type == nullptr ? nullptr : find_codec(*type);
    if (codec != nullptr) {
        try {
            envelope.payload = codec->encode(exception);
            envelope.key = codec->key;
        } catch (...) {
            envelope.payload.clear();  // not to be sent as itself, so it goes as what can always be sent
        }
    }
    return envelope;
}

std::exception_ptr open_envelope(const Envelope& envelope) {
    if (envelope.key.empty()) {
        return std::make_exception_ptr(RemoteError(envelope.type_name, envelope.what, envelope.host, envelope.rank));
    }
    const auto& by_key = filled_registry().by_key;
    const auto found = by_key.find(envelope.key);
    if (found == by_key.end()) {
        return std::make_exception_ptr(RemoteError(envelope.type_name, envelope.what, envelope.host, envelope.rank));
    }
    try {
        return found->second.decode(envelope.payload, envelope.what);
    } catch (const std::exception& error) {
        throw SerializationError("an exception of type " + envelope.type_name + " from " + envelope.host + " (\"" +
                                 envelope.what + "\") cannot be read: " + error.what());
    }
}

}  // namespace

void register_exception_codec(const std::type_info& thrown, ExceptionCodec codec) {
    Registry& table = registry();
    table.by_key.insert_or_assign(codec.key, codec);
    table.by_type.insert_or_assign(std::type_index(thrown), std::move(codec));
}

std::string encode_exception(const std::exception_ptr& exception, std::string_view host, std::uint32_t rank) {
    Envelope envelope;
    try {
        std::rethrow_exception(exception);
    } catch (const RemoteError& error) {
        // Thrown on by a task that waited for another one: it stays what it was.
        if (typeid(error) == typeid(RemoteError)) {
            envelope = {"", error.type_name(), error.what(), error.host(), error.rank(), ""};
        } else {
            envelope = make_envelope(exception, host, rank);
        }
    } catch (...) {
        envelope = make_envelope(exception, host, rank);
    }
    std::string bytes;
    serialize_into(bytes, envelope);
    return bytes;
}

std::exception_ptr decode_exception(std::string_view bytes) noexcept {
    try {
        return open_envelope(deserialize_from<Envelope>(bytes));
    } catch (...) {
        return std::current_exception();
    }
}

ExceptionText describe_exception(const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (...) {
        return handled_description();
    }
}

}  // namespace scoop::detail
