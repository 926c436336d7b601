// LoopState: a Loop with its types: the input columns, the function, and what keeps the results (the Sink).
//
// A Sink keeps the results of `count` elements:
//
//   Run run(begin)              on the compute thread, for elements that are run one after the other from `begin` on:
//     run.element(i, call)        calls `call()` and keeps what comes of it; or not, if nobody needs element i any more
//     run.end(i)                  elements before i are through
//   publishes                   whether single elements are of use before their run has ended
//   fail(begin, end, error)     these could not be run
//   restore(i, bytes)           of a Sink whose elements may be recorded: puts a value in place; throws if it cannot
//   write(archive, begin, end) / read(archive, begin, end)   results as they travel; all of them at once (SentWhole),
//                               unless single ones are of use
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "scoop/detail/columns.hpp"
#include "scoop/detail/loop.hpp"
#include "scoop/detail/task.hpp"

namespace scoop::detail {

/// For a Sink whose results travel all at once: as one `Wire take()`, to be given to `place(begin, end, Wire)`.
template <class Sink>
class SentWhole {
public:
    void write(OutputArchive& archive, std::size_t, std::size_t) {
        const auto wire = static_cast<Sink&>(*this).take();
        archive(wire);
    }
    void read(InputArchive& archive, std::size_t begin, std::size_t end) {
        typename Sink::Wire wire;
        archive(wire);
        static_cast<Sink&>(*this).place(begin, end, std::move(wire));
    }
};

/// `Spec` says what is called (Call) and what keeps its results (Sink), and has the FunctionEntry (entry,
/// is_registered).
template <class Spec, class Columns>
class LoopState final : public Loop {
public:
    using CallType = typename Spec::Call;
    using Sink = typename Spec::Sink;

    /// Elements [offset, offset + count) of the columns, which are shared by all parts of a long loop.
    LoopState(std::shared_ptr<const Columns> columns, std::size_t offset, std::size_t count)
        : Loop(Spec::entry(), Sink::publishes, count),
          columns_(std::move(columns)),
          offset_(offset),
          sink_(*this, count) {
        (void)Spec::is_registered;  // its use is what puts the function into the table
    }

    [[nodiscard]] Sink& sink() { return sink_; }

    /// What Spec::entry() does with a message: runs its elements and waits for those that went elsewhere.
    static void execute(std::string_view bytes, ByteSink& result, PartSink& parts) {
        InputArchive archive(bytes);
        const std::size_t count = read_stretch_size(archive);
        auto columns = std::make_shared<const Columns>(
            read_from(archive, [count](InputArchive& from) { return Spec::read_columns(from, count); }));
        std::apply([](const auto&... column) { (column.fetch(), ...); }, *columns);
        std::make_shared<LoopState>(std::move(columns), 0, count)->answer(result, parts);
    }

private:
    void run_elements(StretchRun& stretch) override {
        typename Sink::Run run(sink_, stretch.begin());
        while (stretch.next_block()) {
            while (stretch.has_element()) {
                const std::size_t i = stretch.next_element();
                run.element(i, [&] { return call(i); });
            }
        }
        if (stretch.is_complete()) run.end(stretch.reached());
    }
    typename CallType::Value call(std::size_t i) const {
        return std::apply(
            [position = offset_ + i](const auto&... column) { return CallType::call(column.at(position)...); },
            *columns_);
    }
    void write_arguments(OutputArchive& archive, std::size_t begin, std::size_t end) const override {
        std::apply([&](const auto&... column) { (column.write(archive, offset_ + begin, offset_ + end), ...); },
                   *columns_);
    }
    void write_results(OutputArchive& archive, std::size_t begin, std::size_t end) override {
        try {
            sink_.write(archive, begin, end);
        } catch (...) {
            rethrow_as_serialization_error();
        }
    }
    void read_results(InputArchive& archive, std::size_t begin, std::size_t end) override {
        read_from(archive, [&](InputArchive& from) { sink_.read(from, begin, end); });
    }
    bool restore(std::size_t i, std::string_view bytes) override {
        if constexpr (requires { sink_.restore(i, bytes); }) {
            try {
                sink_.restore(i, bytes);
                return true;
            } catch (...) {  // as if it had not been recorded
            }
        }
        return false;
    }
    void fail(std::size_t begin, std::size_t end, const std::exception_ptr& error) override {
        sink_.fail(begin, end, error);
    }

    const std::shared_ptr<const Columns> columns_;  // owned by all parts of a long loop
    const std::size_t offset_;
    Sink sink_;
};

/// The columns of a stretch that arrived: braces, since they are read in the order of the parameters.
template <class CallType>
struct DecodedColumns;
template <auto F, class... P>
struct DecodedColumns<Call<F, Parameters<P...>>> {
    using Type = std::tuple<DecodedColumn<stored_t<P>>...>;
    static Type read(InputArchive& archive, std::size_t count) {
        return Type{DecodedColumn<stored_t<P>>(archive, count)...};
    }
};

/// What is called, what keeps its results, and the entry by which another worker runs a stretch: the function's own
/// identity with the kind of loop behind its name. `Kind::text()` says which kind.
template <auto F, class CallType, class SinkType, class Kind>
struct LoopSpec {
    using Call = CallType;
    using Sink = SinkType;
    using Decoded = DecodedColumns<CallType>;
    static auto read_columns(InputArchive& archive, std::size_t count) { return Decoded::read(archive, count); }
    static FunctionEntry make_entry() {
        const FunctionIdentity& identity = function_identity<F, typename CallType::Function>();
        static const std::string name = identity.name + '[' + Kind::text() + ']';
        return {task_hash(name, identity.signature), name, identity.signature, identity.is_closure,
                &LoopState<LoopSpec, typename Decoded::Type>::execute};
    }
    static const FunctionEntry& entry() {
        static const FunctionEntry made = make_entry();
        return made;
    }
    static inline const bool is_registered = register_function(entry());
};

}  // namespace scoop::detail
