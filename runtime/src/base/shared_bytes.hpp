// SharedBytes: one value in memory that the processes of a host share, on its way from the process that wrote it to
// those that read it. What travels is a descriptor; the kernel counts who has it, so nothing is left when a process is
// killed.
//
// Fresh pages cost several times what copying into them costs, so memory is used again. A process keeps the memory in
// which it has sent something, and a word at its begin says whether somebody still reads; the reader keeps it mapped.
// Neither waits for the other: memory whose reader was killed is simply given up when the room is needed.
//
//   word    even: free, odd: in use, `lasting`: read by many, and never used again
//   maker   free → in use when it begins to write; in use → free if it is dropped without having been passed on
//   reader  in use → free when it is dropped without having been passed on
//
// Only the job's own processes get the descriptor. A reader does not trust its size: it is sealed against shrinking, or
// refused. One thread at a time; different objects in any threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"

namespace scoop::base {

class SharedRoom;

class SharedBytes {
public:
    enum class Readers : std::uint8_t { one, many };

    /// Empty, to be appended to; null when there is no memory or this process has too many of them already: then the
    /// bytes go another way.
    [[nodiscard]] static std::shared_ptr<SharedBytes> try_make(std::size_t capacity, Readers readers);
    /// What another process has made: `size` bytes.
    [[nodiscard]] static Result<std::shared_ptr<SharedBytes>> receive(UniqueFd fd, std::size_t size);
    ~SharedBytes();
    SharedBytes(const SharedBytes&) = delete;
    SharedBytes& operator=(const SharedBytes&) = delete;

    /// By the maker, before it is passed on. Throws std::bad_alloc.
    void append(const char* bytes, std::size_t count);
    /// Keeps the first `size` bytes.
    void shrink(std::size_t size);

    [[nodiscard]] std::size_t size() const { return size_; }
    /// Throws std::bad_alloc when it cannot be mapped.
    [[nodiscard]] std::string_view view();
    [[nodiscard]] int fd() const;
    /// Whether several processes may have it at a time. Maps it.
    [[nodiscard]] bool is_for_many();
    /// Another process has the descriptor now, and its word counts.
    void note_passed() { is_passed_ = true; }

    /// Whether this process has so many of them that what comes is better copied.
    [[nodiscard]] static bool has_too_many();
    /// Whether memory is kept for later.
    [[nodiscard]] static bool has_kept_memory();
    /// Gives back what was not used since the last call.
    static void give_back_unused();

private:
    SharedBytes();

    UniqueFd received_;
    std::shared_ptr<SharedRoom> room_;  // shared with what this process keeps; null: received and not looked at
    std::size_t size_ = 0;
    bool is_passed_ = false;
};

}  // namespace scoop::base
