// What the archives do with each kind of type; included by archive.hpp.
//
// cereal finds these functions by argument-dependent lookup. Where cereal has one of its own for the same type, the one
// here names the archive and so is the more specialised. Those are here for speed (blocks of numbers are copied as they
// are) and for safety (cereal allocates what a size says before it has seen the elements).
#pragma once

#include <algorithm>
#include <array>
#include <cereal/types/array.hpp>
#include <cereal/types/base_class.hpp>
#include <cereal/types/bitset.hpp>
#include <cereal/types/chrono.hpp>
#include <cereal/types/complex.hpp>
#include <cereal/types/deque.hpp>
#include <cereal/types/forward_list.hpp>
#include <cereal/types/list.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/polymorphic.hpp>
#include <cereal/types/queue.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/stack.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/tuple.hpp>
#include <cereal/types/unordered_map.hpp>
#include <cereal/types/unordered_set.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/valarray.hpp>
#include <cereal/types/variant.hpp>
#include <cereal/types/vector.hpp>
#include <concepts>
#include <filesystem>

#include "scoop/detail/aggregate.hpp"
#include "scoop/detail/archive_calendar.hpp"
#include "scoop/detail/archive_core.hpp"
#include "scoop/detail/archive_traits.hpp"

namespace scoop::detail {

// ---- nesting: objects of classes count, cereal's wrappers around them do not --------------------------------------

template <class T>
inline constexpr bool is_cereal_wrapper = std::is_base_of_v<cereal::detail::NameValuePairCore, T>;
template <class T>
inline constexpr bool is_cereal_wrapper<cereal::SizeTag<T>> = true;
template <class T>
inline constexpr bool is_cereal_wrapper<cereal::BinaryData<T>> = true;
template <class K, class V>
inline constexpr bool is_cereal_wrapper<cereal::MapItem<K, V>> = true;
template <class T>
inline constexpr bool is_cereal_wrapper<cereal::memory_detail::PtrWrapper<T>> = true;

template <class T>
inline constexpr bool counts_as_level = std::is_class_v<T> && !is_cereal_wrapper<T>;

template <class T>
void prologue(OutputArchive& archive, const T&) {
    if constexpr (counts_as_level<T>) archive.enter();
}
template <class T>
void epilogue(OutputArchive& archive, const T&) {
    if constexpr (counts_as_level<T>) archive.leave();
}
template <class T>
void prologue(InputArchive& archive, const T&) {
    if constexpr (counts_as_level<T>) archive.enter();
}
template <class T>
void epilogue(InputArchive& archive, const T&) {
    if constexpr (counts_as_level<T>) archive.leave();
}

/// cereal is about to read a shared object of this type, or the number of one it has read already.
template <class T>
void prologue(InputArchive& archive, const cereal::memory_detail::PtrWrapper<std::shared_ptr<T>&>&) {
    archive.expect_shared_type(typeid(T));
}

// ---- numbers ------------------------------------------------------------------------------------------------------

template <WireNumber T>
void save(OutputArchive& archive, const T& value) {
    archive.put_number(value);
}
template <WireNumber T>
void load(InputArchive& archive, T& value) {
    value = archive.take_number<T>();
}

template <class Archive, UnportableNumber T>
void serialize(Archive&, T&)
    requires(std::same_as<Archive, OutputArchive> || std::same_as<Archive, InputArchive>)
{
    static_assert(WireNumber<T>,
                  "scoop: long double and wchar_t differ among hosts and cannot be sent; use double, char or char32_t");
}

// ---- cereal's wrappers --------------------------------------------------------------------------------------------

template <class Archive, class T>
    requires(std::same_as<Archive, OutputArchive> || std::same_as<Archive, InputArchive>)
void serialize(Archive& archive, cereal::NameValuePair<T>& pair) {
    archive(pair.value);
}

template <class T>
void save(OutputArchive& archive, const cereal::SizeTag<T>& tag) {
    archive.put_size(tag.size);
}
template <class T>
void load(InputArchive& archive, cereal::SizeTag<T>& tag) {
    tag.size = static_cast<std::decay_t<T>>(archive.take_element_count());
}

/// The numbers behind a BinaryData<T>, where T is a number, a pointer to numbers or an array of them.
template <class T>
using BlockElement = std::remove_cv_t<std::remove_pointer_t<std::remove_all_extents_t<std::remove_reference_t<T>>>>;

template <class T>
void put_block(OutputArchive& archive, const T* values, std::size_t count) {
    if constexpr (SameOnWire<T> || std::is_same_v<T, bool>) {
        if (count > 0) archive.put_bytes(values, count * sizeof(T));
    } else {
        for (std::size_t i = 0; i < count; ++i) archive.put_number(values[i]);
    }
}
template <class T>
void take_block(InputArchive& archive, T* values, std::size_t count) {
    if constexpr (SameOnWire<T>) {
        if (count > 0) std::memcpy(values, archive.take_bytes(count * sizeof(T)), count * sizeof(T));
    } else {
        for (std::size_t i = 0; i < count; ++i) values[i] = archive.take_number<T>();
    }
}

template <class T>
    requires WireNumber<BlockElement<T>>
void save(OutputArchive& archive, const cereal::BinaryData<T>& block) {
    using Element = BlockElement<T>;
    put_block(archive, static_cast<const Element*>(block.data), static_cast<std::size_t>(block.size) / sizeof(Element));
}
template <class T>
    requires WireNumber<BlockElement<T>>
void load(InputArchive& archive, cereal::BinaryData<T>& block) {
    using Element = BlockElement<T>;
    take_block(archive, static_cast<Element*>(block.data), static_cast<std::size_t>(block.size) / sizeof(Element));
}

// ---- strings and sequences ----------------------------------------------------------------------------------------

template <WireNumber Char, class Traits, class Allocator>
void load(InputArchive& archive, std::basic_string<Char, Traits, Allocator>& text) {
    const std::size_t count = archive.take_block_count(wire_width<Char>());
    if constexpr (sizeof(Char) == 1 && std::is_same_v<Char, char>) {
        text.clear();
        text.reserve(count);
        advise_huge_pages(text.data(), count);
        text.assign(archive.take_bytes(count), count);
    } else {
        text.resize(count);
        take_block(archive, text.data(), count);
    }
}

/// Vectors of these travel as one block. On hosts where the bytes differ they are converted one by one.
template <class T>
concept BlockValue = SameOnWire<T> || (WireNumber<T> && !std::is_same_v<T, bool>);

template <BlockValue T>
consteval std::size_t block_width() {
    if constexpr (IsComplexNumber<T>::value) {
        return sizeof(T);
    } else {
        return wire_width<T>();
    }
}

template <BlockValue T, class Allocator>
void save(OutputArchive& archive, const std::vector<T, Allocator>& values) {
    archive.put_size(values.size());
    put_block(archive, values.data(), values.size());
}
template <BlockValue T, class Allocator>
void load(InputArchive& archive, std::vector<T, Allocator>& values) {
    const std::size_t count = archive.take_block_count(block_width<T>());
    values.clear();
    values.reserve(count);
    advise_huge_pages(values.data(), count * sizeof(T));
    if constexpr (SameOnWire<T> && sizeof(T) == 1) {
        const auto* const first = reinterpret_cast<const T*>(archive.take_bytes(count));
        values.assign(first, first + count);
        return;
    }
    // What resize() clears is written over while it is still in the cache.
    constexpr std::size_t step = std::max<std::size_t>(1, (std::size_t{64} << 10) / sizeof(T));
    while (values.size() < count) {
        const std::size_t have = values.size();
        values.resize(have + std::min(step, count - have));
        take_block(archive, values.data() + have, values.size() - have);
    }
}
template <WireNumber T>
void load(InputArchive& archive, std::valarray<T>& values) {
    const std::size_t count = archive.take_block_count(wire_width<T>());
    values.resize(count);
    if (count > 0) take_block(archive, &values[0], count);
}

template <class T>
concept ElementwiseValue = !BlockValue<T> && !std::is_same_v<T, bool>;

/// Grows with the elements that are really there: what is allocated at once is bounded by the bytes that are left.
template <ElementwiseValue T, class Allocator>
void load(InputArchive& archive, std::vector<T, Allocator>& values) {
    const std::size_t count = archive.take_element_count();
    values.clear();
    values.reserve(std::min(count, 64 + 4 * archive.bytes_left() / sizeof(T)));
    for (std::size_t i = 0; i < count; ++i) archive(values.emplace_back());
}
template <class T, class Allocator>
void load(InputArchive& archive, std::deque<T, Allocator>& values) {
    const std::size_t count = archive.take_element_count();
    values.clear();
    for (std::size_t i = 0; i < count; ++i) archive(values.emplace_back());
}
template <class T, class Allocator>
void load(InputArchive& archive, std::list<T, Allocator>& values) {
    const std::size_t count = archive.take_element_count();
    values.clear();
    for (std::size_t i = 0; i < count; ++i) archive(values.emplace_back());
}
template <class T, class Allocator>
void load(InputArchive& archive, std::forward_list<T, Allocator>& values) {
    const std::size_t count = archive.take_element_count();
    values.clear();
    auto last = values.before_begin();
    for (std::size_t i = 0; i < count; ++i) {
        last = values.emplace_after(last);
        archive(*last);
    }
}

// cereal inserts before the element it inserted last, which turns the order of equal keys around.
template <class Key, class Value, class Compare, class Allocator>
void load(InputArchive& archive, std::multimap<Key, Value, Compare, Allocator>& values) {
    const std::size_t count = archive.take_element_count();
    values.clear();
    for (std::size_t i = 0; i < count; ++i) {
        Key key{};
        Value value{};
        archive(key, value);
        values.emplace_hint(values.end(), std::move(key), std::move(value));
    }
}
template <class Key, class Compare, class Allocator>
void load(InputArchive& archive, std::multiset<Key, Compare, Allocator>& values) {
    const std::size_t count = archive.take_element_count();
    values.clear();
    for (std::size_t i = 0; i < count; ++i) {
        Key key{};
        archive(key);
        values.emplace_hint(values.end(), std::move(key));
    }
}

// ---- what cereal has nothing for ----------------------------------------------------------------------------------

/// For a path and nothing else: what converts to one, such as a `char name[8]`, has functions of its own.
template <std::same_as<std::filesystem::path> Path>
void save(OutputArchive& archive, const Path& path) {
    archive(path.native());
}
inline void load(InputArchive& archive, std::filesystem::path& path) {
    std::string text;
    archive(text);
    path = std::move(text);
}

// The archive is a template parameter here because the condition on T must not be looked at for other archives:
// PlainAggregate asks cereal about a stand-in archive, and that question comes by here for types of namespace scoop.
template <class Archive, class T>
    requires std::same_as<Archive, OutputArchive> && PlainAggregate<T>
void save(Archive& archive, const T& value) {
    visit_members(value, [&archive](const auto&... members) { archive(members...); });
}
template <class Archive, class T>
    requires std::same_as<Archive, InputArchive> && PlainAggregate<T>
void load(Archive& archive, T& value) {
    visit_members(value, [&archive](auto&... members) { archive(members...); });
}

}  // namespace scoop::detail
