// The two archive classes: their buffer, numbers and sizes, and the checks. See archive.hpp, which includes this.
#pragma once

// cereal guards its tables of versions with a lock only under this setting, and several threads of a worker serialize.
#ifndef CEREAL_THREAD_SAFE
#define CEREAL_THREAD_SAFE 1
#endif

#include <cereal/cereal.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <typeinfo>
#include <unordered_map>
#include <utility>

#include "scoop/detail/archive_wire.hpp"

namespace scoop::detail {

/// How many class objects may contain one another. A linked list spends two levels a node: the pointer and the node.
inline constexpr std::uint32_t nesting_max = 1000;

/// Elements of no size on the wire (empty structs, std::monostate) that one message may announce in all.
inline constexpr std::size_t empty_elements_max = 65536;

// Out of line so that the paths that read and write stay small.
[[noreturn]] void throw_nested_too_deep();
[[noreturn]] void throw_bytes_end(std::size_t wanted, std::size_t left);
[[noreturn]] void throw_bytes_left(std::size_t left);
[[noreturn]] void throw_size_too_large(std::uint64_t size);
[[noreturn]] void throw_malformed(const char* what);

/// Before so many bytes at `begin` are written for the first time: a page costs more than what is written into it, so a
/// large room gets large pages where the system has some.
void advise_huge_pages(void* begin, std::size_t size) noexcept;

/// Takes the bytes that an archive writes.
class ByteSink {
public:
    virtual ~ByteSink() = default;
    virtual void append(const char* bytes, std::size_t count) = 0;
    [[nodiscard]] virtual std::size_t size() const = 0;
    /// Keeps the first `size` bytes.
    virtual void shrink(std::size_t size) = 0;
};

class StringSink final : public ByteSink {
public:
    /// Appends to `text`, which outlives this.
    explicit StringSink(std::string& text) : text_(&text) {}
    void append(const char* bytes, std::size_t count) override { text_->append(bytes, count); }
    [[nodiscard]] std::size_t size() const override { return text_->size(); }
    void shrink(std::size_t size) override { text_->resize(size); }

private:
    std::string* text_;
};

/// Counts the bytes that it is given, and keeps none.
class CountingSink final : public ByteSink {
public:
    void append(const char*, std::size_t count) override { size_ += count; }
    [[nodiscard]] std::size_t size() const override { return size_; }
    void shrink(std::size_t size) override { size_ = size; }

private:
    std::size_t size_ = 0;
};

/// How a Shared<T> travels. Arguments are kept by their sender until the result is in, and with them what a handle
/// stands for; a result and a constant outlive the task that made them, so these take the value along, and whoever
/// writes them waits for it. Who must not wait writes values that are here, and is told of one that is not by a
/// ValueAwaited. A digest stands for the value where only sameness matters; what is only a handle, as a Best, cannot be
/// written so.
enum class SharedAs : std::uint8_t { handle, value, value_here, digest };

/// 128 bits that stand for these bytes.
[[nodiscard]] std::pair<std::uint64_t, std::uint64_t> digest_of_bytes(std::string_view bytes);

/// Writes values behind one another at the end of a sink: `archive(a, b)`. When such a call returns, its bytes are in
/// the sink; within it, small pieces are collected first, since appending costs a call each.
class OutputArchive : public cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision> {
    using Base = cereal::OutputArchive<OutputArchive, cereal::AllowEmptyClassElision>;

public:
    explicit OutputArchive(ByteSink& sink, SharedAs shared_as = SharedAs::handle)
        : Base(this), sink_(sink), shared_as_(shared_as) {}
    [[nodiscard]] SharedAs shared_as() const { return shared_as_; }

    template <class... Values>
    OutputArchive& operator()(Values&&... values) {
        ++open_calls_;
        Base::operator()(std::forward<Values>(values)...);
        if (--open_calls_ == 0) flush();
        return *this;
    }
    template <class T>
    OutputArchive& operator&(T&& value) {
        return (*this)(std::forward<T>(value));
    }
    template <class T>
    OutputArchive& operator<<(T&& value) {
        return (*this)(std::forward<T>(value));
    }

    void put_bytes(const void* bytes, std::size_t count) {
        if (count > sizeof collected_ - collected_count_) {
            flush();
            if (count > sizeof collected_) {
                sink_.append(static_cast<const char*>(bytes), count);
                return;
            }
        }
        std::memcpy(collected_ + collected_count_, bytes, count);
        collected_count_ += count;
    }

    template <class T>
        requires WireNumber<T> || std::is_enum_v<T>
    void put_number(T value) {
        // A long of 4 bytes is widened by value, so that its sign is kept; everything else keeps its bytes.
        WireBits<T> bits;
        if constexpr (sizeof(T) == sizeof(bits)) {
            std::memcpy(&bits, &value, sizeof bits);
        } else {
            bits = static_cast<WireBits<T>>(value);
        }
        bits = little_endian(bits);
        put_bytes(&bits, sizeof bits);
    }

    void put_size(std::uint64_t size) {
        char bytes[10];
        std::size_t count = 0;
        while (size >= 0x80) {
            bytes[count++] = static_cast<char>((size & 0x7f) | 0x80);
            size >>= 7;
        }
        bytes[count++] = static_cast<char>(size);
        put_bytes(bytes, count);
    }

    void enter() {
        if (++depth_ > nesting_max) throw_nested_too_deep();
    }
    void leave() { --depth_; }

private:
    void flush() {
        if (collected_count_ == 0) return;
        sink_.append(collected_, collected_count_);
        collected_count_ = 0;
    }

    ByteSink& sink_;
    const SharedAs shared_as_;
    std::size_t collected_count_ = 0;
    std::uint32_t open_calls_ = 0;
    std::uint32_t depth_ = 0;
    char collected_[128];
};

/// Reads values in the order they were written. A failure throws SerializationError, cereal::Exception or what a user's
/// own load function throws; the archive is of no use afterwards.
class InputArchive : public cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision> {
    using Base = cereal::InputArchive<InputArchive, cereal::AllowEmptyClassElision>;

public:
    explicit InputArchive(std::string_view bytes)
        : Base(this),
          next_(bytes.data()),
          end_(bytes.data() + bytes.size()),
          elements_left_(bytes.size() + empty_elements_max) {}

    [[nodiscard]] std::size_t bytes_left() const { return static_cast<std::size_t>(end_ - next_); }

    /// Requires that everything was read.
    void expect_end() const {
        if (next_ != end_) throw_bytes_left(bytes_left());
    }

    /// The next `count` bytes, which stay where they are.
    const char* take_bytes(std::size_t count) {
        if (count > bytes_left()) throw_bytes_end(count, bytes_left());
        const char* bytes = next_;
        next_ += count;
        return bytes;
    }

    template <class T>
        requires WireNumber<T> || std::is_enum_v<T>
    T take_number() {
        WireBits<T> bits;
        std::memcpy(&bits, take_bytes(sizeof bits), sizeof bits);
        bits = little_endian(bits);
        return number_of<T>(bits);
    }

    std::uint64_t take_size() {
        std::uint64_t size = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto byte = static_cast<std::uint8_t>(*take_bytes(1));
            size |= std::uint64_t{byte & 0x7fU} << shift;
            if (shift == 63 && byte > 1) break;
            if (byte < 0x80) return size;
        }
        throw_malformed("the size of a container is not a number of 64 bits");
    }

    /// The number of elements that follow. Each container element has at least one byte that no other element of any
    /// container has (its own, or its own size), unless it is empty; so the sizes in a message add up to no more than
    /// its bytes, plus the empty elements, which would otherwise cost a hostile sender nothing.
    std::size_t take_element_count() {
        const std::uint64_t size = take_size();
        if (size > elements_left_) throw_size_too_large(size);
        elements_left_ -= static_cast<std::size_t>(size);
        return static_cast<std::size_t>(size);
    }

    /// The number of elements, of `width` bytes each, that follow as a block.
    std::size_t take_block_count(std::size_t width) {
        const std::uint64_t size = take_size();
        if (size > bytes_left() / width) throw_size_too_large(size);
        return static_cast<std::size_t>(size);
    }

    void enter() {
        if (++depth_ > nesting_max) throw_nested_too_deep();
    }
    void leave() { --depth_; }

    // cereal keeps the shared objects it has read as shared_ptr<void> and casts them back unchecked; malformed bytes
    // could then name an object of another type. These two hide cereal's functions and compare the types.
    void expect_shared_type(const std::type_info& type) { shared_type_expected_ = &type; }
    void registerSharedPointer(std::uint32_t id, const std::shared_ptr<void>& pointer);
    std::shared_ptr<void> getSharedPointer(std::uint32_t id);

private:
    template <class T>
    static T number_of(WireBits<T> bits);

    const char* next_;
    const char* end_;
    std::size_t elements_left_;
    std::uint32_t depth_ = 0;
    const std::type_info* shared_type_expected_ = nullptr;
    std::unordered_map<std::uint32_t, std::type_index> shared_types_;
};

template <class T>
T InputArchive::number_of(WireBits<T> bits) {
    if constexpr (std::is_same_v<T, bool>) {
        if (bits > 1) throw_malformed("a bool is neither 0 nor 1");
        return bits != 0;
    } else if constexpr (sizeof(T) == sizeof bits) {
        T value;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    } else {
        const auto value = static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(bits);
        if (static_cast<T>(value) != value) throw_malformed("a long is too large for this host");
        return static_cast<T>(value);
    }
}

}  // namespace scoop::detail

CEREAL_REGISTER_ARCHIVE(scoop::detail::OutputArchive)
CEREAL_REGISTER_ARCHIVE(scoop::detail::InputArchive)
CEREAL_SETUP_ARCHIVE_TRAITS(scoop::detail::InputArchive, scoop::detail::OutputArchive)
