#include "launcher/stager.hpp"

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

namespace scoop::launcher {

namespace {

constexpr const char* other_directory =
    "name a directory of the host that can take them: -x TMPDIR=DIR, or env.TMPDIR=DIR in the hostfile";

tl::unexpected<StartProblem> refuse(std::string said, std::string advice) {
    return tl::unexpected(StartProblem{"stage", std::move(said), std::move(advice)});
}

std::pair<std::string_view, std::string_view> split_word(std::string_view text) {
    const std::size_t blank = text.find(' ');
    return {text.substr(0, blank), blank == std::string_view::npos ? "" : text.substr(blank + 1)};
}

std::string size_text(std::uint64_t bytes) {
    char text[32];
    if (bytes < 100'000)
        std::snprintf(text, sizeof text, "%llu bytes", static_cast<unsigned long long>(bytes));
    else
        std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
    return text;
}

std::string files_text(std::size_t count) { return std::to_string(count) + (count == 1 ? " file" : " files"); }

}  // namespace

StartResult<void> Stager::on_line(std::string_view line) {
    const auto [word, rest] = split_word(line);
    if (word == "begin" && state_ == State::waiting) return begin(rest);
    if (word == "got" && state_ == State::sending && !is_sending_) return take_receipt(rest);
    is_sending_ = false;
    if (word == "failed") return tl::unexpected(problem_of_host(rest));
    return refuse("its shell says what was not asked: " + std::string(line), "run it again with -v");
}

StartResult<void> Stager::begin(std::string_view architecture_and_directory) {
    const auto [architecture, directory] = split_word(architecture_and_directory);
    directory_ = directory;
    std::vector<std::string> paths = start_.stage.files;
    if (start_.stage.has_program) {
        program_here_ = with_architecture(start_.program, architecture);
        program_there_ = directory_ + "/" + file_name_of(program_here_);
        std::error_code error;
        if (!std::filesystem::exists(program_here_, error))
            return refuse("the host is " + std::string(architecture) + ", and there is no " + program_here_ +
                              " on this machine to copy there",
                          "build the program for " + std::string(architecture) + ", or leave the host out");
        paths.insert(paths.begin(), program_here_);
    }
    for (const std::string& path : paths) {
        auto file = store_.find(path);
        if (!file) return tl::unexpected(problem_of("stage", std::move(file.error())));
        files_.push_back(*file);
    }
    state_ = State::sending;
    is_sending_ = true;
    return {};
}

StartResult<std::string> Stager::take_bytes() {
    if (!is_sending_) return std::string();
    if (next_ == files_.size()) {
        is_sending_ = false;
        state_ = State::done;
        return std::string("\n");
    }
    const StagedFile& file = *files_[next_];
    std::string bytes;
    if (!std::exchange(is_announced_, true)) {
        const bool must_run = start_.stage.has_program && next_ == 0;
        bytes = file_name_of(file.path()) + "\n" + std::to_string(file.size()) + "\n" + file.mode() + "\n" +
                (must_run ? "x" : "r") + "\n";
    }
    auto content = file.read(sent_, piece_size_max);
    is_sending_ = content && sent_ + content->size() < file.size();
    if (!content) return tl::unexpected(problem_of("stage", std::move(content.error())));
    sent_ += content->size();
    checksum_.add(*content);
    return bytes + *content;
}

StartResult<void> Stager::take_receipt(std::string_view checksum_and_size) {
    const StagedFile& file = *files_[next_];
    const std::string wanted = std::to_string(checksum_.value()) + " " + std::to_string(file.size());
    if (checksum_and_size != wanted)
        return refuse(file_name_of(file.path()) + " has arrived as other bytes than were sent: cksum says " +
                          std::string(checksum_and_size) + " there, and " + wanted + " here",
                      "do not change the file meanwhile; if it did not change, look at the disk of the host");
    ++next_;
    sent_ = 0;
    checksum_ = {};
    is_announced_ = false;
    is_sending_ = true;
    return {};
}

StartProblem Stager::problem_of_host(std::string_view what_and_reason) const {
    const auto [what, reason] = split_word(what_and_reason);
    const std::string said = ": " + std::string(reason.empty() ? "it does not say why" : reason);
    if (what == "directory") return {"stage", "no directory can be made there for the files" + said, other_directory};
    if (what == "noexec")
        return {"stage", "nothing can be executed in " + directory_ + ": its file system is mounted noexec",
                other_directory};
    const std::string file = next_ < files_.size()
                                 ? file_name_of(files_[next_]->path()) + " (" + size_text(files_[next_]->size()) + ")"
                                 : "a file";
    if (reason.find("No space left") != std::string_view::npos || reason.find("quota") != std::string_view::npos)
        return {"stage", "its disk is full: " + file + " does not fit into " + directory_ + said,
                std::string("make room there, or ") + other_directory};
    return {"stage", file + " cannot be written into " + directory_ + said, other_directory};
}

std::string Stager::progress() const {
    std::uint64_t bytes = sent_;
    std::uint64_t all = 0;
    for (std::size_t k = 0; k < files_.size(); ++k) {
        if (k < next_) bytes += files_[k]->size();
        all += files_[k]->size();
    }
    if (is_done()) return files_text(files_.size()) + " (" + size_text(all) + ") in " + directory_;
    if (files_.empty()) return "no file yet";
    return std::to_string(next_) + " of " + files_text(files_.size()) + ", " + size_text(bytes) + " of " +
           size_text(all);
}

}  // namespace scoop::launcher
