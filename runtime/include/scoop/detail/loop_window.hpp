// LoopWindow: the loops over the parts of a map's input that are under way, as their one reader moves through them.
//
// The input is taken in parts, and only so many elements are under way as the window allows; the reader's progress
// opens it. So a map over an endless or a huge range takes a bounded amount of memory, and stops when nobody reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>

#include "scoop/detail/loop.hpp"

namespace scoop::detail {

enum class ReadBy { position, completion };

/// One reader on one thread.
class LoopWindow {
public:
    /// An element of one of the loops.
    struct Place {
        std::shared_ptr<Loop> loop;  ///< shared with the window, which may let go of it first
        std::size_t first = 0;       ///< the position of its first element
        std::size_t index = 0;       ///< in the loop
        std::uint32_t rank = 0;      ///< who has run it, when read by completion
    };

protected:
    /// Throws scoop::Error when no job runs.
    explicit LoopWindow(ReadBy read_by);
    ~LoopWindow() = default;

    /// Starts as many parts as are allowed. The derived class calls it when it is complete.
    void open();
    /// Whether there is an element i, for an ascending i.
    [[nodiscard]] bool has(std::size_t i);
    /// Elements [position, end) of the whole are ready in this loop, where `position` is element `index`.
    struct Run {
        Loop* loop = nullptr;  ///< kept by the window until it is asked for a later element
        std::size_t index = 0;
        std::size_t end = 0;
    };
    /// Waits for element i, for an ascending i.
    [[nodiscard]] Run wait_for(std::size_t i);
    /// Waits for the next element to finish; nothing at the end. Throws TimeoutError.
    [[nodiscard]] std::optional<Place> next_finished(TimePoint deadline);

    /// How many elements may be under way when so many have been read.
    [[nodiscard]] virtual std::size_t size_of(std::size_t elements_read) const = 0;
    /// A loop over the next part of the input, not yet started; null at its end.
    [[nodiscard]] virtual std::shared_ptr<Loop> next_part(std::size_t elements_read) = 0;

private:
    struct Part {
        std::size_t first;
        LoopOwner loop;
        std::deque<RanBy> finished = {};  ///< not delivered yet
        std::size_t delivered = 0;
    };
    std::optional<Place> next_finished(Part& part);

    const ReadBy read_by_;
    const std::shared_ptr<News> news_;  // owned by the window and its loops
    std::list<Part> parts_;
    std::size_t started_ = 0;  // elements
    std::size_t read_ = 0;
    bool has_ended_ = false;
    ReaderPace pace_;  // when read by completion
};

}  // namespace scoop::detail
