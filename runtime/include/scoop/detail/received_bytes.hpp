// ReceivedBytes: what another worker sent, kept as it came until somebody decodes it. One thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace scoop::detail {

/// Bytes that are not in a string: in memory that several processes share.
class BytesElsewhere {
public:
    virtual ~BytesElsewhere() = default;
    /// Valid as long as this. Throws std::bad_alloc.
    [[nodiscard]] virtual std::string_view view() const = 0;
};

class ReceivedBytes {
public:
    ReceivedBytes() = default;
    ReceivedBytes(std::string text) : bytes_(std::move(text)) {}  // NOLINT: a string is what they are
    explicit ReceivedBytes(std::shared_ptr<const BytesElsewhere> bytes) : bytes_(std::move(bytes)) {}

    /// Valid as long as this and unchanged. Throws std::bad_alloc.
    [[nodiscard]] std::string_view view() const {
        const auto* text = std::get_if<std::string>(&bytes_);
        return text != nullptr ? std::string_view(*text) : std::get<1>(bytes_)->view();
    }

private:
    std::variant<std::string, std::shared_ptr<const BytesElsewhere>> bytes_;  // owned by the copies of these bytes
};

}  // namespace scoop::detail
