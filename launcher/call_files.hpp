// CallFiles: what the node of one host reads whose starter gives it no input, and where that host writes what it has to
// say before the node calls back: a directory, for its owner only, in one that the hosts share (base/user_directory).
//
// The key of the call stands in a file there and nowhere else; the host removes the file when it has opened it. One
// thread at a time. Destroying it removes the directory.
#pragma once

#include <string>
#include <utility>

#include "base/failure.hpp"

namespace scoop::launcher {

class CallFiles {
public:
    /// `input` becomes the file's content.
    [[nodiscard]] static base::Result<CallFiles> make(const std::string& input);
    CallFiles(CallFiles&& other) noexcept : directory_(std::exchange(other.directory_, {})) {}
    CallFiles& operator=(CallFiles&&) = delete;
    ~CallFiles() { remove(directory_); }

    [[nodiscard]] const std::string& directory() const { return directory_; }
    /// What the host has written there so far.
    [[nodiscard]] std::string said() const;
    /// In front of a command for sh: it reads from the file, and writes what it says there.
    [[nodiscard]] std::string redirections() const;
    static void remove(const std::string& directory);

private:
    explicit CallFiles(std::string directory) : directory_(std::move(directory)) {}

    std::string directory_;
};

}  // namespace scoop::launcher
