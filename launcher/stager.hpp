// Stager: our side of copying files to one host, which answers by launcher/stage_script. One thread, the job loop's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/posix_checksum.hpp"
#include "launcher/stage_store.hpp"
#include "launcher/start_command.hpp"
#include "launcher/start_problem.hpp"

namespace scoop::launcher {

class Stager {
public:
    static constexpr std::size_t piece_size_max = 64 * 1024;

    /// The store outlives it.
    Stager(const NodeStart& start, StageStore& store) : start_(start), store_(store) {}

    /// A line of the host behind stage_word.
    [[nodiscard]] StartResult<void> on_line(std::string_view line);
    /// What the host gets next; empty: nothing until it says something.
    [[nodiscard]] StartResult<std::string> take_bytes();
    [[nodiscard]] bool has_bytes() const { return is_sending_; }

    /// The host has got everything.
    [[nodiscard]] bool is_done() const { return state_ == State::done; }
    /// "2 files (1.4 MB) in DIRECTORY", or "of" how many when not all are there yet.
    [[nodiscard]] std::string progress() const;
    /// Where the program is on this machine and on the host; both empty until the host has told its architecture, or
    /// if the program is not copied.
    [[nodiscard]] const std::string& program_here() const { return program_here_; }
    [[nodiscard]] const std::string& program_there() const { return program_there_; }

private:
    enum class State { waiting, sending, done };

    StartResult<void> begin(std::string_view architecture_and_directory);
    StartResult<void> take_receipt(std::string_view checksum_and_size);
    [[nodiscard]] StartProblem problem_of_host(std::string_view what_and_reason) const;

    NodeStart start_;
    StageStore& store_;
    State state_ = State::waiting;
    std::vector<const StagedFile*> files_;  ///< the program first, once the host has begun
    std::size_t next_ = 0;                  ///< of files_: on its way; or nothing more, an empty name
    std::uint64_t sent_ = 0;                ///< bytes of it
    PosixChecksum checksum_;                ///< of those
    bool is_announced_ = false;
    bool is_sending_ = false;  ///< the host waits for bytes
    std::string directory_;
    std::string program_here_;
    std::string program_there_;
};

}  // namespace scoop::launcher
