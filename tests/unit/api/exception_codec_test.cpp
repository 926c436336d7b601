#include "scoop/detail/exception_codec.hpp"

#include <doctest/doctest.h>

#include <any>
#include <bitset>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <regex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <typeinfo>
#include <variant>
#include <vector>

#include "scoop/error.hpp"
#include "scoop/register_exception.hpp"

namespace {

using scoop::detail::decode_exception;
using scoop::detail::describe_exception;
using scoop::detail::encode_exception;

/// What a waiter gets when a task throws this on rank 3 of node1.
std::exception_ptr sent(const std::exception_ptr& exception) {
    return decode_exception(encode_exception(exception, "node1", 3));
}

template <class E>
std::exception_ptr thrown(E exception) {
    return std::make_exception_ptr(std::move(exception));
}

/// Requires that the exception is caught as an E and gives its copy.
template <class E>
E caught(const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (const E& error) {
        return error;
    } catch (...) {
        FAIL("another exception arrived: ", describe_exception(std::current_exception()).type_name);
    }
    std::abort();
}

template <class E>
void check_arrives(const E& exception) {
    const std::exception_ptr arrived = sent(thrown(exception));
    (void)caught<E>(arrived);
    try {
        std::rethrow_exception(arrived);
    } catch (const std::exception& error) {
        CHECK(typeid(error) == typeid(E));
        CHECK(std::string(error.what()) == exception.what());
    }
}

/// What the standard library throws when `act` makes it throw an E.
template <class E, class Act>
std::exception_ptr thrown_by(Act act) {
    try {
        act();
    } catch (const E&) {
        return std::current_exception();
    }
    FAIL("nothing was thrown");
    return nullptr;
}

template <class E>
void check_same_text(const std::exception_ptr& original) {
    const E before = caught<E>(original);
    const std::exception_ptr arrived = sent(original);
    CHECK(describe_exception(arrived).what == describe_exception(original).what);
    (void)caught<E>(arrived);
    CHECK(describe_exception(sent(arrived)).what == describe_exception(original).what);
    (void)caught<E>(sent(arrived));
}

namespace solver {

struct Diverged : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct NotRegistered : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class OutOfBudget : public std::exception {
public:
    OutOfBudget() = default;
    OutOfBudget(int steps, double cost) : steps_(steps), cost_(cost) {}
    [[nodiscard]] const char* what() const noexcept override { return "out of budget"; }
    [[nodiscard]] int steps() const { return steps_; }
    [[nodiscard]] double cost() const { return cost_; }
    template <class Archive>
    void serialize(Archive& archive) {
        archive(steps_, cost_);
    }

private:
    int steps_ = 0;
    double cost_ = 0;
};

/// A constructor that adds to the text, as many do.
struct Prefixed : std::runtime_error {
    explicit Prefixed(const std::string& reason) : std::runtime_error("solver: " + reason) {}
};

struct Stop {
    int code = 0;
};

class Unwritable : public std::exception {
public:
    template <class Archive>
    void serialize(Archive&) {
        throw std::runtime_error("no");
    }
    [[nodiscard]] const char* what() const noexcept override { return "unwritable"; }
};

}  // namespace solver

}  // namespace

TEST_CASE("exceptions that are made from a text arrive as themselves") {
    check_arrives(std::logic_error("a"));
    check_arrives(std::domain_error("b"));
    check_arrives(std::invalid_argument("c"));
    check_arrives(std::length_error("d"));
    check_arrives(std::out_of_range("vector::at: 7"));
    check_arrives(std::runtime_error(""));
    check_arrives(std::range_error("f"));
    check_arrives(std::overflow_error("g"));
    check_arrives(std::underflow_error("h"));
}

TEST_CASE("exceptions without a text of their own arrive as themselves") {
    check_arrives(std::exception());
    check_arrives(std::bad_exception());
    check_arrives(std::bad_alloc());
    check_arrives(std::bad_array_new_length());
    check_arrives(std::bad_cast());
    check_arrives(std::bad_typeid());
    check_arrives(std::bad_any_cast());
    check_arrives(std::bad_optional_access());
    check_arrives(std::bad_weak_ptr());
    check_arrives(std::bad_function_call());
}

TEST_CASE("what the standard library throws arrives with its text, also when it is thrown on") {
    check_same_text<std::out_of_range>(thrown_by<std::out_of_range>([] { (void)std::vector<int>(3).at(5); }));
    check_same_text<std::out_of_range>(thrown_by<std::out_of_range>([] { (void)std::map<int, int>().at(5); }));
    check_same_text<std::invalid_argument>(thrown_by<std::invalid_argument>([] { (void)std::stoi("x"); }));
    check_same_text<std::overflow_error>(
        thrown_by<std::overflow_error>([] { (void)std::bitset<200>().set().to_ulong(); }));
    check_same_text<std::bad_variant_access>(
        thrown_by<std::bad_variant_access>([] { (void)std::get<1>(std::variant<int, double>(3)); }));
    check_same_text<std::regex_error>(thrown_by<std::regex_error>([] { (void)std::regex("(["); }));
    check_same_text<std::future_error>(thrown_by<std::future_error>([] {
        std::promise<int> promise;
        (void)promise.get_future();
        (void)promise.get_future();
    }));
    check_same_text<std::filesystem::filesystem_error>(
        thrown_by<std::filesystem::filesystem_error>([] { (void)std::filesystem::file_size("/nowhere/at all"); }));
}

TEST_CASE("a failure of a stream arrives as std::ios_base::failure, though the library throws a hidden class") {
    const auto original = thrown_by<std::ios_base::failure>([] {
        std::istringstream stream;
        stream.exceptions(std::ios_base::failbit);
        int number = 0;
        stream >> number;
    });
    check_same_text<std::ios_base::failure>(original);
    CHECK(caught<std::ios_base::failure>(sent(original)).code() == std::io_errc::stream);
}

TEST_CASE("a system_error keeps its code") {
    const std::system_error original(ENOSPC, std::generic_category(), "write result.dat");
    check_arrives(original);
    CHECK(caught<std::system_error>(sent(thrown(original))).code() == std::errc::no_space_on_device);
    check_arrives(std::system_error(EAGAIN, std::system_category()));
    check_arrives(std::system_error(std::make_error_code(std::future_errc::no_state), "x: y"));
}

TEST_CASE("a system_error of a category of the program's own keeps value, message and the category's name") {
    struct Category final : std::error_category {
        [[nodiscard]] const char* name() const noexcept override { return "solver"; }
        [[nodiscard]] std::string message(int value) const override {
            return "no convergence " + std::to_string(value);
        }
    };
    static const Category category;
    check_arrives(std::system_error(1, category));
    check_arrives(std::system_error(2, category, "step 7"));
    check_arrives(std::filesystem::filesystem_error("copy", "a", std::error_code(3, category)));
    const std::exception_ptr first = sent(thrown(std::system_error(1, category)));
    for (const auto& arrived : {first, sent(first)}) {
        const std::error_code code = caught<std::system_error>(arrived).code();
        CHECK(code.value() == 1);
        CHECK(code.message() == "no convergence 1");
        CHECK(std::string(code.category().name()) == "solver");
        CHECK(code == caught<std::system_error>(first).code());
    }
}

TEST_CASE("what is thrown with a nested exception arrives as itself") {
    const auto original = thrown_by<std::out_of_range>([] {
        try {
            throw std::runtime_error("inner");
        } catch (...) {
            std::throw_with_nested(std::out_of_range("outer"));
        }
    });
    CHECK(std::string(caught<std::out_of_range>(sent(original)).what()) == "outer");
    const auto with_code = thrown_by<std::system_error>(
        [] { std::throw_with_nested(std::system_error(ENOSPC, std::generic_category(), "write result.dat")); });
    CHECK(caught<std::system_error>(sent(with_code)).code() == std::errc::no_space_on_device);
    const auto unknown =
        thrown_by<solver::NotRegistered>([] { std::throw_with_nested(solver::NotRegistered("outer")); });
    CHECK(std::string(caught<scoop::RemoteError>(sent(unknown)).what()) == "outer");
}

TEST_CASE("a filesystem_error keeps its code and paths") {
    using std::filesystem::filesystem_error;
    const auto code = std::make_error_code(std::errc::permission_denied);
    check_arrives(filesystem_error("copy", code));
    check_arrives(filesystem_error("copy", "/a b", code));
    const filesystem_error both("copy", "/a", "/b", code);
    check_arrives(both);
    const auto arrived = caught<filesystem_error>(sent(thrown(both)));
    CHECK(arrived.code() == code);
    CHECK(arrived.path1() == "/a");
    CHECK(arrived.path2() == "/b");
}

TEST_CASE("scoop's own exceptions arrive as themselves") {
    check_arrives(scoop::Error("a"));
    check_arrives(scoop::TimeoutError("b"));
    check_arrives(scoop::CancelledError("c"));
    check_arrives(scoop::FunctionNotFound("d"));
    check_arrives(scoop::SerializationError("e"));
    check_arrives(scoop::ConstantExists("f"));
    const scoop::WorkerLost lost("node7", 12, {9, 0, 4096}, 3);
    check_arrives(lost);
    const auto arrived = caught<scoop::WorkerLost>(sent(thrown(lost)));
    CHECK(arrived.host() == "node7");
    CHECK(arrived.rank() == 12);
    CHECK(arrived.signal() == 9);
    CHECK(arrived.status() == 0);
    CHECK(arrived.peak_memory() == 4096);
    CHECK(arrived.attempts() == 3);
}

TEST_CASE("any other type arrives as a RemoteError that says type, text, host and rank") {
    const auto arrived = caught<scoop::RemoteError>(sent(thrown(solver::NotRegistered("residual 1e9"))));
    CHECK(arrived.type_name().ends_with("solver::NotRegistered"));
    CHECK(std::string(arrived.what()) == "residual 1e9");
    CHECK(arrived.host() == "node1");
    CHECK(arrived.rank() == 3);
}

TEST_CASE("a thrown number or string arrives as a RemoteError with its value") {
    const auto number = caught<scoop::RemoteError>(sent(thrown(42)));
    CHECK(number.type_name() == "int");
    CHECK(std::string(number.what()) == "42");
    CHECK(std::string(caught<scoop::RemoteError>(sent(thrown<const char*>("why"))).what()) == "why");
    CHECK(std::string(caught<scoop::RemoteError>(sent(thrown(std::string("why")))).what()) == "why");
    const auto object = caught<scoop::RemoteError>(sent(thrown(solver::Stop{1})));
    CHECK(object.type_name().ends_with("solver::Stop"));
    CHECK(std::string(object.what()).find("solver::Stop") != std::string::npos);
}

TEST_CASE("a RemoteError that is thrown on stays what it was") {
    const auto first = sent(thrown(solver::NotRegistered("residual 1e9")));
    const auto second = caught<scoop::RemoteError>(decode_exception(encode_exception(first, "node2", 8)));
    CHECK(second.type_name().ends_with("solver::NotRegistered"));
    CHECK(std::string(second.what()) == "residual 1e9");
    CHECK(second.host() == "node1");
    CHECK(second.rank() == 3);
}

TEST_CASE("a registered type arrives as itself") {
    scoop::register_exception<solver::Diverged>();
    scoop::register_exception<solver::OutOfBudget>();
    check_arrives(solver::Diverged("step 7"));
    check_arrives(solver::OutOfBudget(7, 0.5));
    const auto arrived = caught<solver::OutOfBudget>(sent(thrown(solver::OutOfBudget(7, 0.5))));
    CHECK(arrived.steps() == 7);
    CHECK(arrived.cost() == 0.5);
}

TEST_CASE("a registered type that is no std::exception arrives as itself") {
    scoop::register_exception<solver::Stop>();
    int code = 0;
    try {
        std::rethrow_exception(sent(thrown(solver::Stop{5})));
    } catch (const solver::Stop& stop) {
        code = stop.code;
    }
    CHECK(code == 5);
}

TEST_CASE("a registered type whose constructor adds to the text arrives with the text it had") {
    scoop::register_exception<solver::Prefixed>();
    check_same_text<solver::Prefixed>(thrown(solver::Prefixed("singular matrix")));
    CHECK(describe_exception(sent(thrown(solver::Prefixed("singular matrix")))).what == "solver: singular matrix");
}

TEST_CASE("an exception whose own serialize function throws arrives as a RemoteError") {
    scoop::register_exception<solver::Unwritable>();
    const auto arrived = caught<scoop::RemoteError>(sent(thrown(solver::Unwritable())));
    CHECK(std::string(arrived.what()) == "unwritable");
}

TEST_CASE("a type that is registered where it was thrown only arrives as a RemoteError") {
    // "std::out_of_range" appears once as the key; with another key of the same length nobody knows it.
    std::string bytes = encode_exception(thrown(std::out_of_range("7")), "node1", 3);
    bytes.replace(bytes.find("std::out_of_range"), 5, "xyz::");
    const auto arrived = caught<scoop::RemoteError>(decode_exception(bytes));
    CHECK(arrived.type_name() == "std::out_of_range");
    CHECK(std::string(arrived.what()) == "7");
}

TEST_CASE("malformed bytes of an exception are a SerializationError") {
    (void)caught<scoop::SerializationError>(decode_exception(""));
    (void)caught<scoop::SerializationError>(decode_exception("nonsense"));
    const std::string bytes =
        encode_exception(thrown(std::system_error(ENOENT, std::generic_category(), "open")), "a", 0);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        (void)caught<scoop::SerializationError>(decode_exception(std::string_view(bytes).substr(0, length)));
    }
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        std::string changed = bytes;
        changed[at] = static_cast<char>(changed[at] ^ 0x55);
        CHECK(decode_exception(changed) != nullptr);
    }
}

TEST_CASE("an exception is described by its type and text") {
    const auto text = describe_exception(thrown(std::out_of_range("7")));
    CHECK(text.type_name == "std::out_of_range");
    CHECK(text.what == "7");
}
