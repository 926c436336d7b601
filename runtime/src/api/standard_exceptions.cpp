#include "api/standard_exceptions.hpp"

#include <any>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <ios>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <typeinfo>
#include <utility>
#include <variant>

#include "scoop/detail/exception_codec.hpp"
#include "scoop/error.hpp"

namespace scoop::detail {

namespace {

template <class E>
std::exception_ptr decode_default(std::string_view, const std::string& what) {
    return told(E(), what);
}

/// Error codes travel with the name of their category: only those of the standard library mean the same everywhere.
/// Others bring their message along.
struct Code {
    std::string category;
    std::int32_t value = 0;
    std::string message;
};

/// Stands for a category of the program's own in another process: there is no way to find that object by its name, so
/// it compares unequal to it, but calls itself and its errors the same.
class ForeignCategory final : public std::error_category {
public:
    explicit ForeignCategory(std::string name) : name_(std::move(name)) {}
    [[nodiscard]] const char* name() const noexcept override { return name_.c_str(); }
    [[nodiscard]] std::string message(int value) const override {
        const std::lock_guard lock(mutex_);
        const auto found = messages_.find(value);
        return found == messages_.end() ? "unknown error" : found->second;
    }
    void add(int value, std::string message) {
        const std::lock_guard lock(mutex_);
        messages_.insert_or_assign(value, std::move(message));
    }

private:
    const std::string name_;
    mutable std::mutex mutex_;
    std::map<int, std::string> messages_;
};

/// The one of this name; categories are compared by address and live as long as the program.
ForeignCategory& foreign_category(const std::string& name) {
    static std::mutex mutex;
    static auto& categories =
        *new std::map<std::string, ForeignCategory>;  // exceptions of static objects may outlive it
    const std::lock_guard lock(mutex);
    return categories.try_emplace(name, name).first->second;
}

const std::error_category* category_of(std::string_view name) {
    for (const std::error_category* category :
         {&std::generic_category(), &std::system_category(), &std::iostream_category(), &std::future_category()}) {
        if (category->name() == name) return category;
    }
    return nullptr;
}

Code to_code(const std::error_code& error) {
    const std::string name = error.category().name();
    const bool is_known = category_of(name) == &error.category();
    return {name, error.value(), is_known ? "" : error.message()};
}

std::error_code from_code(const Code& code) {
    if (const auto* category = category_of(code.category); category != nullptr && code.message.empty())
        return {code.value, *category};
    ForeignCategory& category = foreign_category(code.category);
    category.add(code.value, code.message);
    return {code.value, category};
}

/// std::system_error makes its text "argument: message of the code"; this is the argument.
std::string argument_of(std::string text, const std::error_code& error) {
    const std::string tail = ": " + error.message();
    if (text.ends_with(tail)) text.resize(text.size() - tail.size());
    return text;
}

template <class E>
std::string encode_code(const std::exception_ptr& exception) {
    std::string payload;
    try {
        std::rethrow_exception(exception);
    } catch (const E& error) {
        serialize_into(payload, to_code(error.code()));
    }
    return payload;
}

std::exception_ptr decode_system_error(std::string_view payload, const std::string& what) {
    const std::error_code error = from_code(deserialize_from<Code>(payload));
    if (what == error.message()) return told(std::system_error(error), what);
    return told(std::system_error(error, argument_of(what, error)), what);
}

std::exception_ptr decode_ios_failure(std::string_view payload, const std::string& what) {
    const std::error_code error = from_code(deserialize_from<Code>(payload));
    return told(std::ios_base::failure(argument_of(what, error), error), what);
}

std::exception_ptr decode_future_error(std::string_view payload, const std::string& what) {
    const auto code = deserialize_from<Code>(payload);
    return told(std::future_error(static_cast<std::future_errc>(code.value)), what);
}

struct FilesystemProblem {
    Code code;
    std::string text;  ///< as system_error made it, without the paths
    std::filesystem::path path1;
    std::filesystem::path path2;
};

std::string encode_filesystem_error(const std::exception_ptr& exception) {
    std::string payload;
    try {
        std::rethrow_exception(exception);
    } catch (const std::filesystem::filesystem_error& error) {
        const FilesystemProblem problem{to_code(error.code()), error.std::system_error::what(), error.path1(),
                                        error.path2()};
        serialize_into(payload, problem);
    }
    return payload;
}

std::exception_ptr decode_filesystem_error(std::string_view payload, const std::string& what) {
    using std::filesystem::filesystem_error;
    const auto problem = deserialize_from<FilesystemProblem>(payload);
    const std::error_code error = from_code(problem.code);
    const std::string argument = argument_of(problem.text, error);
    if (problem.path1.empty()) return told(filesystem_error(argument, error), what);
    if (problem.path2.empty()) return told(filesystem_error(argument, problem.path1, error), what);
    return told(filesystem_error(argument, problem.path1, problem.path2, error), what);
}

std::string encode_regex_error(const std::exception_ptr& exception) {
    std::string payload;
    try {
        std::rethrow_exception(exception);
    } catch (const std::regex_error& error) {
        serialize_into(payload, static_cast<std::int32_t>(error.code()));
    }
    return payload;
}

std::exception_ptr decode_regex_error(std::string_view payload, const std::string& what) {
    namespace codes = std::regex_constants;
    const auto value = deserialize_from<std::int32_t>(payload);
    for (const codes::error_type code :
         {codes::error_collate, codes::error_ctype, codes::error_escape, codes::error_backref, codes::error_brack,
          codes::error_paren, codes::error_brace, codes::error_badbrace, codes::error_range, codes::error_space,
          codes::error_badrepeat, codes::error_complexity, codes::error_stack}) {
        if (static_cast<std::int32_t>(code) == value) return told(std::regex_error(code), what);
    }
    throw SerializationError("an unknown error of a regular expression: " + std::to_string(value));
}

struct Loss {
    std::string host;
    std::uint32_t rank = 0;
    std::int32_t signal = 0;
    std::int32_t status = 0;
    std::uint64_t peak_kib = 0;
    std::uint32_t attempts = 0;
};

std::string encode_worker_lost(const std::exception_ptr& exception) {
    std::string payload;
    try {
        std::rethrow_exception(exception);
    } catch (const WorkerLost& lost) {
        serialize_into(
            payload, Loss{lost.host(), lost.rank(), lost.signal(), lost.status(), lost.peak_memory(), lost.attempts()});
    }
    return payload;
}

std::exception_ptr decode_worker_lost(std::string_view payload, const std::string& what) {
    const auto loss = deserialize_from<Loss>(payload);
    return told(WorkerLost(loss.host, loss.rank, {loss.signal, loss.status, loss.peak_kib}, loss.attempts), what);
}

template <class E>
void made_from_text(const char* key) {
    register_codec_of<E>({key, &encode_text_only, &decode_from_text<E>});
}

template <class E>
void made_from_nothing(const char* key) {
    register_codec_of<E>({key, &encode_text_only, &decode_default<E>});
}

void register_std_exceptions() {
    made_from_text<std::logic_error>("std::logic_error");
    made_from_text<std::domain_error>("std::domain_error");
    made_from_text<std::invalid_argument>("std::invalid_argument");
    made_from_text<std::length_error>("std::length_error");
    made_from_text<std::out_of_range>("std::out_of_range");
    made_from_text<std::runtime_error>("std::runtime_error");
    made_from_text<std::range_error>("std::range_error");
    made_from_text<std::overflow_error>("std::overflow_error");
    made_from_text<std::underflow_error>("std::underflow_error");

    made_from_nothing<std::exception>("std::exception");
    made_from_nothing<std::bad_exception>("std::bad_exception");
    made_from_nothing<std::bad_alloc>("std::bad_alloc");
    made_from_nothing<std::bad_array_new_length>("std::bad_array_new_length");
    made_from_nothing<std::bad_cast>("std::bad_cast");
    made_from_nothing<std::bad_typeid>("std::bad_typeid");
    made_from_nothing<std::bad_any_cast>("std::bad_any_cast");
    made_from_nothing<std::bad_optional_access>("std::bad_optional_access");
    made_from_nothing<std::bad_variant_access>("std::bad_variant_access");
    made_from_nothing<std::bad_weak_ptr>("std::bad_weak_ptr");
    made_from_nothing<std::bad_function_call>("std::bad_function_call");

    register_codec_of<std::system_error>({"std::system_error", &encode_code<std::system_error>, &decode_system_error});
    register_codec_of<std::ios_base::failure>(
        {"std::ios_base::failure", &encode_code<std::ios_base::failure>, &decode_ios_failure});
    register_codec_of<std::future_error>({"std::future_error", &encode_code<std::future_error>, &decode_future_error});
    register_codec_of<std::filesystem::filesystem_error>(
        {"std::filesystem::filesystem_error", &encode_filesystem_error, &decode_filesystem_error});
    register_codec_of<std::regex_error>({"std::regex_error", &encode_regex_error, &decode_regex_error});
}

void register_own_exceptions() {
    made_from_text<Error>("scoop::Error");
    made_from_text<TimeoutError>("scoop::TimeoutError");
    made_from_text<CancelledError>("scoop::CancelledError");
    made_from_text<FunctionNotFound>("scoop::FunctionNotFound");
    made_from_text<SerializationError>("scoop::SerializationError");
    made_from_text<ConstantExists>("scoop::ConstantExists");
    register_codec_of<WorkerLost>({"scoop::WorkerLost", &encode_worker_lost, &decode_worker_lost});
}

}  // namespace

void register_standard_exceptions() {
    register_std_exceptions();
    register_own_exceptions();
}

}  // namespace scoop::detail
