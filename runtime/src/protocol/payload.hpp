// Building blocks of the control channel's payloads: PayloadReader and the functions that write what it reads.
//
// A structured payload is u32 JSON length | JSON | raw strings, each u32 length | bytes; the order of the raw strings
// is fixed by the struct, their counts are in the JSON. All integers are little-endian. Plain values; any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "protocol/control.hpp"

namespace scoop::control {

void append_u32(std::string& bytes, std::uint32_t value);
/// The integer at `position`; the caller has looked that four bytes are there.
[[nodiscard]] std::uint32_t u32_at(std::string_view bytes, std::size_t position);
void append_string(std::string& bytes, std::string_view text);
void append_strings(std::string& bytes, const std::vector<std::string>& texts);
/// The JSON part. What is not UTF-8 in it (a host name, say) is replaced: texts in the JSON are only shown.
[[nodiscard]] std::string begin_payload(const nlohmann::json& fields);
[[nodiscard]] nlohmann::json hosts_to_json(const std::vector<HostEntry>& hosts);

/// Reads a payload from front to back. The first impossible field is remembered by name and later raw fields read as
/// empty, so that a parser looks like the list of its fields and asks once, at the end, in finish().
class PayloadReader {
public:
    explicit PayloadReader(std::string_view bytes) : rest_(bytes) {}

    // Raw fields, each behind the one before.
    [[nodiscard]] std::uint8_t u8(const char* field);
    [[nodiscard]] std::uint32_t u32(const char* field);
    [[nodiscard]] std::string string(const char* field);
    /// For execve and chdir: refuses a zero byte, which would cut the text short there.
    [[nodiscard]] std::string c_string(const char* field);
    /// As many as the JSON's `field` says.
    [[nodiscard]] std::vector<std::string> c_strings(const char* field);
    [[nodiscard]] std::string all_the_rest();

    /// Takes the JSON part; the fields below are looked up in it.
    void begin_json();
    template <class T>
    [[nodiscard]] T integer(const char* field) {
        return static_cast<T>(integer_up_to(std::numeric_limits<T>::max(), member(fields_, field), field));
    }
    [[nodiscard]] bool has_field(const char* field) const { return member(fields_, field) != nullptr; }
    [[nodiscard]] bool boolean(const char* field);
    [[nodiscard]] double seconds(const char* field);
    [[nodiscard]] std::string text(const char* field);
    [[nodiscard]] std::vector<std::string> texts(const char* field);
    /// Every rank appears once at most.
    [[nodiscard]] std::vector<HostEntry> hosts(const char* field);

    void require(bool condition, const char* field);
    /// Nothing impossible has been met yet.
    [[nodiscard]] bool is_good() const { return bad_field_ == nullptr; }
    /// What was read, if every field was possible and nothing is left over.
    template <class T>
    [[nodiscard]] base::Result<T> finish(T value, const char* what) {
        require(rest_.empty(), "after the last field");
        if (bad_field_ != nullptr)
            return base::failure("read " + std::string(what),
                                 "the part \"" + std::string(bad_field_) + "\" is malformed");
        return value;
    }

private:
    [[nodiscard]] bool has(std::size_t size, const char* field);
    [[nodiscard]] std::string_view take(std::size_t size);
    [[nodiscard]] static const nlohmann::json* member(const nlohmann::json& object, const char* field);
    [[nodiscard]] std::uint64_t integer_up_to(std::uint64_t largest, const nlohmann::json* value, const char* field);
    [[nodiscard]] std::string text_of(const nlohmann::json* value, const char* field);
    [[nodiscard]] const nlohmann::json& array_of(const nlohmann::json* value, const char* field);
    /// Adds the ranks of one host to `host` and to `all`.
    void read_ranks(const nlohmann::json& runs, const char* field, std::vector<base::Rank>& host,
                    std::vector<base::Rank>& all);

    std::string_view rest_;
    nlohmann::json fields_;
    const char* bad_field_ = nullptr;
};

}  // namespace scoop::control
