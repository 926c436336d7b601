// ReceivedBytes: what another worker sent, kept as it came until somebody decodes it. One thread at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace scoop::detail {

/// Bytes that somebody keeps, here or in memory that several processes share.
class KeptBytes {
public:
    virtual ~KeptBytes() = default;
    /// Valid as long as this. Throws std::bad_alloc.
    [[nodiscard]] virtual std::string_view view() const = 0;
};

class BytesInString final : public KeptBytes {
public:
    explicit BytesInString(std::string text) : text_(std::move(text)) {}
    [[nodiscard]] std::string_view view() const override { return text_; }

private:
    const std::string text_;
};

struct FewBytes {
    static constexpr std::size_t size_max = 15;
    std::array<char, size_max> bytes = {};
    std::uint8_t size = 0;
};

/// Smaller than a string, since most results are a number, and it has its place in the memory of every task.
class ReceivedBytes {
public:
    ReceivedBytes() = default;
    ReceivedBytes(std::string text) {  // NOLINT: a string is what they are
        if (text.size() > FewBytes::size_max) {
            bytes_ = std::make_shared<const BytesInString>(std::move(text));
            return;
        }
        auto& few = std::get<FewBytes>(bytes_);
        std::ranges::copy(text, few.bytes.begin());
        few.size = static_cast<std::uint8_t>(text.size());
    }
    explicit ReceivedBytes(std::shared_ptr<const KeptBytes> bytes) : bytes_(std::move(bytes)) {}

    /// Valid as long as this and unchanged. Throws std::bad_alloc.
    [[nodiscard]] std::string_view view() const {
        const auto* few = std::get_if<FewBytes>(&bytes_);
        return few != nullptr ? std::string_view(few->bytes.data(), few->size) : std::get<1>(bytes_)->view();
    }

private:
    std::variant<FewBytes, std::shared_ptr<const KeptBytes>> bytes_;  // owned by the copies of these bytes
};

}  // namespace scoop::detail
