// MapSlots: the results of a map, one slot for each element; the Sink of a loop (loop_state.hpp).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/loop_state.hpp"

namespace scoop::detail {

template <class Value>
class MapSlots {
public:
    static constexpr auto publishes = Loop::Publishes::elements;

    /// All values, then the few that threw.
    struct Wire {
        std::vector<Value> values;  ///< those that threw are missing
        std::vector<std::pair<std::uint64_t, std::string>> errors;  ///< position, encoded exception
        template <class Archive>
        void serialize(Archive& archive) {
            archive(values, errors);
        }
    };

    class Run {
    public:
        Run(MapSlots& slots, std::size_t) : slots_(slots) {}
        template <class Callable>
        void element(std::size_t i, Callable call) {
            try {
                slots_.values_[i].emplace(call());
            } catch (...) {
                slots_.progress_.keep_error(i, std::current_exception());
            }
            slots_.mark_ready(i);
        }
        void end(std::size_t) {}

    private:
        MapSlots& slots_;
    };

    MapSlots(LoopProgress& progress, std::size_t count)
        : progress_(progress), values_(count), is_ready_(std::make_unique<std::atomic<bool>[]>(count)) {}

    [[nodiscard]] bool is_ready(std::size_t i) const { return is_ready_[i].load(std::memory_order_acquire); }
    /// The value of a ready element, or throws what it threw.
    Value take(std::size_t i) {
        if (!values_[i].has_value()) std::rethrow_exception(progress_.error(i));
        return *std::move(values_[i]);
    }
    /// What a ready element threw, or null.
    [[nodiscard]] std::exception_ptr error(std::size_t i) { return values_[i].has_value() ? nullptr : progress_.error(i); }

    void fail(std::size_t begin, std::size_t end, const std::exception_ptr& error) {
        for (std::size_t i = begin; i < end; ++i) {
            progress_.keep_error(i, error);
            mark_ready(i);
        }
    }
    [[nodiscard]] Wire take(std::size_t begin, std::size_t end) {
        Wire wire;
        wire.values.reserve(end - begin);
        for (std::size_t i = begin; i < end; ++i) {
            if (values_[i].has_value()) {
                wire.values.push_back(*std::move(values_[i]));
            } else {
                wire.errors.emplace_back(i - begin, encode_exception(progress_.error(i), this_host(), this_rank()));
            }
        }
        return wire;
    }
    void place(std::size_t begin, std::size_t end, Wire wire) {
        if (wire.values.size() + wire.errors.size() != end - begin)
            throw SerializationError("scoop: a worker answered a map with a wrong number of results");
        std::size_t next_error = 0;
        std::size_t next_value = 0;
        for (std::size_t i = begin; i < end; ++i) {
            if (next_error < wire.errors.size() && wire.errors[next_error].first == i - begin) {
                progress_.keep_error(i, decode_exception(wire.errors[next_error++].second));
            } else if (next_value < wire.values.size()) {
                values_[i].emplace(std::move(wire.values[next_value++]));
            } else {
                throw SerializationError("scoop: a worker answered a map with errors out of order");
            }
            mark_ready(i);
        }
    }

private:
    void mark_ready(std::size_t i) { is_ready_[i].store(true, std::memory_order_release); }

    LoopProgress& progress_;
    std::vector<std::optional<Value>> values_;
    std::unique_ptr<std::atomic<bool>[]> is_ready_;
};

struct MapKind {
    static std::string text() { return "map"; }
};
template <auto F, class CallType>
using MapSpec = LoopSpec<F, CallType, MapSlots<typename CallType::Value>, MapKind>;

}  // namespace scoop::detail
