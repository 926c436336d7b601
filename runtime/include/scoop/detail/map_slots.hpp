// MapSlots: the results of a map, one slot for each element; the Sink of a loop (loop_state.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/loop_state.hpp"

namespace scoop::detail {

/// Memory for values that are made one by one, by several threads: plain ones lie in an array that nobody touches
/// before, so that its pages are not visited twice.
template <class Value>
class ValueSlots {
public:
    explicit ValueSlots(std::size_t count) : values_(count) {}
    void put(std::size_t i, Value&& value) { values_[i].emplace(std::move(value)); }
    [[nodiscard]] Value take(std::size_t i) { return *std::move(values_[i]); }
    [[nodiscard]] const Value& look(std::size_t i) const { return *values_[i]; }

private:
    std::vector<std::optional<Value>> values_;
};
template <class Value>
    requires(std::is_trivially_default_constructible_v<Value> && std::is_trivially_copyable_v<Value>)
class ValueSlots<Value> {
public:
    explicit ValueSlots(std::size_t count) : values_(std::make_unique_for_overwrite<Value[]>(count)) {}
    void put(std::size_t i, Value value) { values_[i] = value; }
    [[nodiscard]] Value take(std::size_t i) { return values_[i]; }
    [[nodiscard]] const Value& look(std::size_t i) const { return values_[i]; }
    [[nodiscard]] Value* data() { return values_.get(); }

private:
    std::unique_ptr<Value[]> values_;
};

/// Of which a stretch can be written and read where it lies.
template <class Value>
concept BlockSlots = BlockValue<Value> && requires(ValueSlots<Value> slots) { slots.data(); };

template <class Value>
class MapSlots {
public:
    static constexpr auto publishes = Loop::Publishes::elements;

    class Run {
    public:
        Run(MapSlots& slots, std::size_t) : slots_(slots), keys_(slots.progress_.keys()) {}
        template <class Callable>
        void element(std::size_t i, Callable call) {
            try {
                slots_.values_.put(i, call());
                if (keys_ != nullptr) [[unlikely]]
                    slots_.record(i);
            } catch (...) {
                slots_.progress_.keep_error(i, std::current_exception());
            }
        }
        void end(std::size_t) {}

    private:
        MapSlots& slots_;
        const CallKey* keys_;
    };

    MapSlots(LoopProgress& progress, std::size_t count) : progress_(progress), values_(count) {}

    /// The value of a ready element, or throws what it threw.
    Value take(std::size_t i) {
        if (auto thrown = error(i)) std::rethrow_exception(std::move(thrown));
        return values_.take(i);
    }
    /// What a ready element threw, or null.
    [[nodiscard]] std::exception_ptr error(std::size_t i) {
        return progress_.has_errors() ? progress_.error(i) : nullptr;
    }

    void fail(std::size_t begin, std::size_t end, const std::exception_ptr& error) {
        for (std::size_t i = begin; i < end; ++i) progress_.keep_error(i, error);
    }

    /// On the wire all values, then the few that threw: position, encoded exception.
    using Errors = std::vector<std::pair<std::uint64_t, std::string>>;
    void write(OutputArchive& archive, std::size_t begin, std::size_t end) {
        Errors errors;
        if (progress_.has_errors()) {
            for (const auto& [i, thrown] : progress_.errors(begin, end))
                errors.emplace_back(i - begin, encode_exception(thrown, this_host(), this_rank()));
        }
        if constexpr (BlockSlots<Value>) {
            if (errors.empty()) {
                archive.put_size(end - begin);
                put_block(archive, values_.data() + begin, end - begin);
                archive(errors);
                return;
            }
        }
        std::vector<Value> values;
        values.reserve(end - begin - errors.size());
        std::size_t next_error = 0;
        for (std::size_t i = begin; i < end; ++i) {
            if (next_error < errors.size() && errors[next_error].first == i - begin) {
                ++next_error;
            } else {
                values.push_back(values_.take(i));
            }
        }
        archive(values, errors);
    }
    void read(InputArchive& archive, std::size_t begin, std::size_t end) {
        read_values(archive, begin, end);
        if (progress_.keys() == nullptr) return;
        for (std::size_t i = begin; i < end; ++i)
            if (error(i) == nullptr) record(i);
    }
    void restore(std::size_t i, std::string_view bytes) { values_.put(i, deserialize_from<Value>(bytes)); }

private:
    void record(std::size_t i) noexcept {
        if (const CallKey& key = progress_.keys()[i]) record_value(key, values_.look(i));
    }
    void read_values(InputArchive& archive, std::size_t begin, std::size_t end) {
        if constexpr (BlockSlots<Value>) {
            const std::size_t count = archive.take_block_count(block_width<Value>());
            if (count > end - begin) throw SerializationError(wrong_number);
            take_block(archive, values_.data() + begin, count);
            Errors errors = read_errors(archive, end - begin, count);
            // From the back, since values move behind the errors before them.
            std::size_t value = begin + count;
            for (std::size_t i = end; i-- > value;) {
                if (errors.back().first == i - begin) {
                    keep_error(i, errors.back().second);
                    errors.pop_back();
                } else {
                    values_.put(i, values_.take(--value));
                }
            }
        } else {
            std::vector<Value> values;
            archive(values);
            const Errors errors = read_errors(archive, end - begin, values.size());
            auto error = errors.begin();
            auto value = values.begin();
            for (std::size_t i = begin; i < end; ++i) {
                if (error != errors.end() && error->first == i - begin) {
                    keep_error(i, (error++)->second);
                } else {
                    values_.put(i, std::move(*value++));
                }
            }
        }
    }

    static constexpr const char* wrong_number = "scoop: a worker answered a map with a wrong number of results";

    // In the order of the elements; as many as the values leave.
    static Errors read_errors(InputArchive& archive, std::size_t elements, std::size_t values) {
        Errors errors;
        archive(errors);
        if (values + errors.size() != elements) throw SerializationError(wrong_number);
        std::uint64_t next = 0;
        for (const auto& [position, encoded] : errors) {
            if (position < next || position >= elements)
                throw SerializationError("scoop: a worker answered a map with errors out of order");
            next = position + 1;
        }
        return errors;
    }
    void keep_error(std::size_t i, const std::string& encoded) { progress_.keep_error(i, decode_exception(encoded)); }

    LoopProgress& progress_;
    ValueSlots<Value> values_;
};

struct MapKind {
    static std::string text() { return "map"; }
};
template <auto F, class CallType>
using MapSpec = LoopSpec<F, CallType, MapSlots<typename CallType::Value>, MapKind>;

}  // namespace scoop::detail
