// StageStore: the files of this machine that are copied to the hosts. Each is opened once, whatever the number of
// hosts.
//
// Looks at the disk. One thread, the job loop's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/failure.hpp"
#include "base/unique_fd.hpp"
#include "launcher/elf_check.hpp"
#include "launcher/stage_order.hpp"

namespace scoop::launcher {

class StagedFile {
public:
    [[nodiscard]] static base::Result<StagedFile> open(const std::string& path);

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::uint64_t size() const { return size_; }
    /// The permissions, as chmod(1) takes them: "755". Its owner may always read it.
    [[nodiscard]] const std::string& mode() const { return mode_; }
    /// So many bytes from there on, fewer only at the end; a Failure if the file has become shorter.
    [[nodiscard]] base::Result<std::string> read(std::uint64_t offset, std::size_t size_max) const;

private:
    std::string path_;
    base::UniqueFd fd_;
    std::uint64_t size_ = 0;
    std::string mode_;
};

class StageStore {
public:
    /// The file at an absolute path, which stays where it is as long as the store lives.
    [[nodiscard]] base::Result<const StagedFile*> find(const std::string& path);

private:
    std::map<std::string, StagedFile> files_;
};

/// Refuses what cannot be copied: files that do not exist, cannot be read or are no regular files, and two of one name.
[[nodiscard]] base::Result<void> check_stage_files(const StageOrder& order, const std::string& program);

/// The last part of a path.
[[nodiscard]] std::string file_name_of(const std::string& path);

}  // namespace scoop::launcher
