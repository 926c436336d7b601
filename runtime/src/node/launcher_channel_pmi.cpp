// The launcher's channel over PMI-1: lines "cmd=… name=value …" on a descriptor, each answered by one. What all copies
// have put can be got once all have been at the barrier. Told in P. Balaji et al., "PMI: A Scalable Parallel
// Process-Management Interface for Extreme-Scale Systems", EuroMPI 2010, and by RFC 13 of Flux, "Simple Process Manager
// Interface v1".
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "node/launcher_channel.hpp"
#include "node/mpi_presence.hpp"

namespace scoop::node {

namespace {

constexpr const char* key = "scoop-start";
constexpr std::size_t line_max = 4096;
constexpr std::chrono::seconds answer_timeout{10};  // but for the meeting it answers at once

// The value of one word of an answer.
std::optional<std::string> value_in(std::string_view line, std::string_view name) {
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        const std::string_view word = line.substr(0, end);
        if (word.size() > name.size() && word.starts_with(name) && word[name.size()] == '=')
            return std::string(word.substr(name.size() + 1));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return std::nullopt;
}

class PmiChannel final : public LauncherChannel {
public:
    explicit PmiChannel(int fd) : fd_(fd) {}

    base::Result<void> open() {
        if (auto begun = ask("cmd=init pmi_version=1 pmi_subversion=1", "response_to_init"); !begun)
            return tl::unexpected(std::move(begun.error()));
        const auto answer = ask("cmd=get_my_kvsname", "my_kvsname");
        if (!answer) return tl::unexpected(answer.error());
        space_ = value_in(*answer, "kvsname").value_or("");
        return {};
    }

    base::Result<void> put(const std::string& text) override {
        auto put = ask("cmd=put " + name() + " value=" + text, "put_result");
        if (!put) return tl::unexpected(std::move(put.error()));
        return {};
    }

    base::Result<bool> meet(base::TimePoint until) override {
        if (!has_come_) {
            if (auto sent = send("cmd=barrier_in"); !sent) return tl::unexpected(std::move(sent.error()));
            has_come_ = true;
        }
        if (!have_met_) {
            const auto line = read_line(until);
            if (!line) return tl::unexpected(line.error());
            if (line->empty()) return false;
            if (auto met = check("cmd=barrier_in", "barrier_out", *line); !met)
                return tl::unexpected(std::move(met.error()));
            have_met_ = true;
        }
        return true;
    }

    base::Result<std::string> get() override {
        const auto answer = ask("cmd=get " + name(), "get_result");
        if (!answer) return tl::unexpected(answer.error());
        return value_in(*answer, "value").value_or("");
    }

    // The answers that are still to come are read, and the connection is left open where MPI has it, too.
    void leave() override {
        (void)meet(base::Clock::now() + answer_timeout);
        if (mpi_presence() == MpiPresence::absent) finalize();
    }
    void end() override {
        if (mpi_presence() != MpiPresence::initialized) finalize();
    }

    std::string start() const override { return space_; }

private:
    void finalize() {
        if (have_met_ && !std::exchange(is_final_, true)) (void)ask("cmd=finalize", "finalize_ack");
    }

    [[nodiscard]] std::string name() const { return "kvsname=" + space_ + " key=" + key; }

    base::Result<void> send(const std::string& question) {
        const std::string line = question + "\n";
        // A few bytes on a socket that is read at once.
        if (::send(fd_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
            return fail(errno);
        return {};
    }

    base::Result<std::string> ask(const std::string& question, std::string_view command) {
        if (auto sent = send(question); !sent) return tl::unexpected(std::move(sent.error()));
        auto answer = read_line(base::Clock::now() + answer_timeout);
        if (!answer) return answer;
        if (answer->empty()) return base::failure(attempt(), "it does not answer", advice());
        if (auto understood = check(question, command, *answer); !understood)
            return tl::unexpected(std::move(understood.error()));
        return answer;
    }

    [[nodiscard]] base::Result<void> check(const std::string& question, std::string_view command,
                                           const std::string& answer) const {
        const auto status = value_in(answer, "rc");
        if (value_in(answer, "cmd") == command && (!status || *status == "0")) return {};
        return base::failure(
            attempt(), "to \"" + question.substr(0, question.find(" value=")) + "\" it answers \"" + answer + "\"",
            advice());
    }

    // Empty: it has not come whole; what has come is kept.
    base::Result<std::string> read_line(base::TimePoint until) {
        while (line_.size() < line_max) {
            using std::chrono::milliseconds;
            const auto left = std::chrono::ceil<milliseconds>(until - base::Clock::now());
            pollfd readable{fd_, POLLIN, 0};
            const int ready = ::poll(&readable, 1, static_cast<int>(std::max(left, milliseconds(0)).count()));
            if (ready < 0 && errno == EINTR) continue;
            if (ready < 0) return fail(errno);
            if (ready == 0) return std::string();
            char c = 0;  // not more: what comes behind the line is not ours
            const auto size = ::read(fd_, &c, 1);
            if (size < 0 && errno == EINTR) continue;
            if (size <= 0) return fail(size < 0 ? errno : EPIPE);
            if (c == '\n') return std::exchange(line_, {});
            line_ += c;
        }
        return base::failure(attempt(), "its answer has no end", advice());
    }

    [[nodiscard]] std::string attempt() const {
        return "find the other copies over PMI-1, descriptor " + std::to_string(fd_);
    }
    [[nodiscard]] static std::string advice() {
        return "if an MPI program has started this one, SCOOP_LAUNCHER=none makes it a job of one";
    }
    [[nodiscard]] tl::unexpected<base::Failure> fail(int error) const {
        return base::system_failure(attempt(), error, advice());
    }

    const int fd_;
    std::string space_;  ///< of the keys of this start
    std::string line_;   ///< as far as it has come
    bool has_come_ = false;
    bool have_met_ = false;
    bool is_final_ = false;
};

}  // namespace

base::Result<std::unique_ptr<LauncherChannel>> make_pmi_channel(int fd) {
    auto channel = std::make_unique<PmiChannel>(fd);
    if (auto opened = channel->open(); !opened) return tl::unexpected(std::move(opened.error()));
    return channel;
}

}  // namespace scoop::node
