// ScanStretches: the results of a prefix reduction: for each stretch of elements that was run in one go, its own
// prefixes; the Sink of a loop (loop_state.hpp). What goes before a stretch is put in front of each of them at the end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/loop_state.hpp"
#include "scoop/detail/reduce_partials.hpp"

namespace scoop::detail {

template <class R>
class ScanStretches : public SentWhole<ScanStretches<R>> {
public:
    static constexpr auto publishes = Loop::Publishes::stretches;

    struct Stretch {
        std::uint64_t begin = 0;
        std::vector<R> prefixes;
        template <class Archive>
        void serialize(Archive& archive) {
            archive(begin, prefixes);
        }
    };
    /// In the order of the elements; an element that threw ends its stretch.
    struct Wire {
        std::vector<Stretch> stretches;
        std::uint64_t error_at = 0;
        std::string error;  ///< empty: none
        template <class Archive>
        void serialize(Archive& archive) {
            archive(stretches, error_at, error);
        }
    };

    ScanStretches(LoopProgress& progress, std::size_t) : progress_(progress) {}

    void fail(std::size_t begin, std::size_t, const std::exception_ptr& error) { keep_error(begin, error); }
    void add(std::size_t begin, std::vector<R> prefixes) {
        const std::lock_guard lock(mutex_);
        stretches_.push_back({begin, std::move(prefixes)});
    }
    void keep_error(std::size_t i, const std::exception_ptr& error) {
        progress_.keep_error(i, error);
        const std::lock_guard lock(mutex_);
        error_at_ = std::min(error_at_, i);
    }
    /// When all elements are through: in their order. Throws what the first of them threw.
    [[nodiscard]] std::vector<Stretch> take_stretches() {
        if (error_at_ != none) std::rethrow_exception(progress_.error(error_at_));
        return sorted();
    }
    [[nodiscard]] Wire take() {
        if (error_at_ == none) return {sorted(), 0, {}};
        return {{}, error_at_, encode_exception(progress_.error(error_at_), this_host(), this_rank())};
    }
    void place(std::size_t begin, std::size_t end, Wire wire) {
        std::size_t total = 0;
        for (auto& stretch : wire.stretches) {
            if (stretch.begin != total || stretch.prefixes.size() > end - begin - total)
                throw SerializationError("scoop: a worker answered a scan with elements that it was not given");
            total += stretch.prefixes.size();
            add(begin + stretch.begin, std::move(stretch.prefixes));
        }
        if (!wire.error.empty()) {
            if (wire.error_at >= end - begin)
                throw SerializationError("scoop: a worker answered a scan with an error that is not there");
            keep_error(begin + wire.error_at, decode_exception(wire.error));
        } else if (total != end - begin) {
            throw SerializationError("scoop: a worker answered a scan without some of its elements");
        }
    }

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    std::vector<Stretch> sorted() {
        std::sort(stretches_.begin(), stretches_.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
        return std::move(stretches_);
    }

    LoopProgress& progress_;
    std::mutex mutex_;
    std::vector<Stretch> stretches_;
    std::size_t error_at_ = none;
};

/// The same with the operation, which is needed only while elements run.
template <class R, auto Op>
class ScanBy : public ScanStretches<R> {
public:
    using ScanStretches<R>::ScanStretches;

    class Run {
    public:
        Run(ScanBy& scan, std::size_t begin) : scan_(scan), begin_(begin) {}
        template <class Callable>
        void element(std::size_t i, Callable call) {
            if (has_failed_) return;
            try {
                R value = call();
                if (!prefixes_.empty()) {
                    R before = prefixes_.back();
                    combine<Op, R>(before, std::move(value));
                    value = std::move(before);
                }
                prefixes_.push_back(std::move(value));
            } catch (...) {
                has_failed_ = true;
                scan_.keep_error(i, std::current_exception());
            }
        }
        void end(std::size_t) {
            if (!prefixes_.empty()) scan_.add(begin_, std::move(prefixes_));
        }

    private:
        ScanBy& scan_;
        const std::size_t begin_;
        std::vector<R> prefixes_;
        bool has_failed_ = false;
    };
};

template <auto Op>
struct ScanKind {
    static std::string text() { return "scan by " + function_name<Op>().name; }
};
template <auto F, class CallType, auto Op>
using ScanSpec = LoopSpec<F, CallType, ScanBy<typename CallType::Value, Op>, ScanKind<Op>>;

}  // namespace scoop::detail
