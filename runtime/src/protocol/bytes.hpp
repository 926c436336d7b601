// Bytes: serialized arguments, results and values as they travel: a string, or, when they are many, memory that the
// processes of the host share (base/shared_bytes). Copies share that memory. An object belongs to one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/shared_bytes.hpp"

namespace scoop::protocol {

class Bytes {
public:
    Bytes() = default;
    Bytes(std::string text) : text_(std::move(text)) {}  // NOLINT: a string is what they are
    Bytes(const char* text) : text_(text) {}             // NOLINT
    explicit Bytes(std::shared_ptr<base::SharedBytes> shared) : shared_(std::move(shared)) {}

    [[nodiscard]] std::size_t size() const { return shared_ != nullptr ? shared_->size() : text_.size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }
    /// Valid as long as this and unchanged. Throws std::bad_alloc when shared memory cannot be mapped.
    [[nodiscard]] std::string_view view() const { return shared_ != nullptr ? shared_->view() : text_; }
    /// The string itself, taken out; a copy of shared memory.
    [[nodiscard]] std::string take_string() &&;
    /// Null for a string.
    [[nodiscard]] const std::shared_ptr<base::SharedBytes>& shared() const { return shared_; }

    friend bool operator==(const Bytes& left, const Bytes& right) { return left.view() == right.view(); }

private:
    std::string text_;
    std::shared_ptr<base::SharedBytes> shared_;  // by the copies of these bytes
};

/// The same bytes, in memory that many may read if they are large and do not lie there already.
[[nodiscard]] Bytes shared_by_many(Bytes bytes);

/// Collects bytes; from shared_size_min on in shared memory, if there is any to be had.
class BytesWriter {
public:
    using Readers = base::SharedBytes::Readers;
    /// `readers`: whether they go to one process or to several.
    explicit BytesWriter(Readers readers = Readers::one) : readers_(readers) {}

    void append(const char* bytes, std::size_t count);
    [[nodiscard]] std::size_t size() const { return shared_ != nullptr ? shared_->size() : text_.size(); }
    /// Keeps the first `size` bytes.
    void shrink(std::size_t size);
    [[nodiscard]] Bytes take();

private:
    Readers readers_;
    std::string text_;
    std::shared_ptr<base::SharedBytes> shared_;  // becomes part of the Bytes
    bool must_stay_string_ = false;
};

}  // namespace scoop::protocol
