// Journal: the finished results of a program's calls in a file, so that its next run does not compute them again.
//
// It belongs to the root, whose program makes the calls and gets their results. A call is known by a key: a digest of
// its function, name and arguments, of the constants that the program has set before, and of how many calls of the same
// kind came before it. So a changed argument is another call, and nothing depends on the order of calls that differ.
//
// A thread of its own writes. What was written survives the end of every process at once, and that of the machine after
// a second. Any thread; the functions that may wait say so.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "worker/journal_format.hpp"

namespace scoop::worker {

class Journal {
public:
    /// Makes the directory if need be, and reads what an earlier run has left. Refuses the journal of another program,
    /// of another command line or of a job that runs. `run` counts the jobs of this process, from 0: their calls
    /// differ.
    [[nodiscard]] static base::Result<std::unique_ptr<Journal>> open(const std::string& directory,
                                                                     const JournalOwner& owner, std::uint64_t run);
    /// See close().
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Writes what is left, and says on stderr what there was. What is recorded later is not.
    void close();
    /// From now on calls are others if this constant is another.
    void note_constant(std::string_view name, std::string_view value);
    /// The key of a call that is made now. Each call is named once.
    [[nodiscard]] base::Digest name_call(std::uint64_t function, std::string_view name, std::string_view arguments);
    /// What an earlier run has recorded for it.
    [[nodiscard]] std::optional<std::string> find(const base::Digest& key);

    enum class WhenFull { wait, go_on };
    /// Takes a result to be written. When more than pending_bytes_max are on their way, `wait` waits for the disk.
    void record(const base::Digest& key, std::string_view result, WhenFull when_full);
    /// Calls `work` soon, on the journal's thread.
    void call_soon(std::function<void()> work);

    static constexpr std::size_t pending_bytes_max = std::size_t{64} << 20;

private:
    struct Place {
        std::size_t offset = 0;
        std::size_t size = 0;
    };
    struct Known {
        std::unordered_map<base::Digest, Place, base::DigestHash> results;  ///< of earlier runs
        std::size_t end = 0;                                                ///< of the file's good part
    };

    Journal(std::string path, base::UniqueFd file, Known known, std::uint64_t run);
    [[nodiscard]] static base::Result<Known> read(const std::string& path, int file, const JournalOwner& owner);
    void run();
    void write_pending(std::unique_lock<std::mutex>& lock);
    void give_up(int error_number);

    const std::string path_;
    const base::UniqueFd file_;
    const Known known_;

    std::mutex mutex_;  // for all below
    std::condition_variable changed_;
    std::condition_variable has_room_;
    base::Digest surroundings_;
    std::unordered_map<base::Digest, std::uint64_t, base::DigestHash> calls_;  // how many of each kind
    std::string pending_;                                                      // records
    std::size_t pending_count_ = 0;
    std::vector<std::function<void()>> work_;
    bool stop_ = false;
    bool is_closed_ = false;
    bool has_failed_ = false;
    std::size_t found_ = 0;
    std::size_t recorded_ = 0;

    // Of the thread alone.
    std::size_t end_ = 0;  // of what was written
    std::optional<base::TimePoint> sync_due_;
    std::thread thread_;
};

}  // namespace scoop::worker
