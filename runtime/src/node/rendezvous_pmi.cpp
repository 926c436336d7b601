// The rendezvous over PMI-1: lines "cmd=… name=value …" on a descriptor, each answered by one. What all copies have put
// can be got once all have been at the barrier. Told in P. Balaji et al., "PMI: A Scalable Parallel Process-Management
// Interface for Extreme-Scale Systems", EuroMPI 2010, and by RFC 13 of Flux, "Simple Process Manager Interface v1".
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "node/rendezvous.hpp"

namespace scoop::node {

namespace {

constexpr const char* key = "scoop-start";
constexpr std::size_t line_max = 4096;

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

class PmiRendezvous final : public Rendezvous {
public:
    explicit PmiRendezvous(int fd) : fd_(fd) {}

    base::Result<void> publish(const std::string& text, base::TimePoint deadline) override {
        auto done = exchange(text, deadline);
        if (!done) return tl::unexpected(std::move(done.error()));
        return {};
    }

    base::Result<std::string> look_up(base::TimePoint deadline) override {
        if (!text_.empty()) return text_;
        auto text = exchange({}, deadline);
        if (text) text_ = *text;
        return text;
    }

private:
    // Everybody is at the barrier once. Who has no text gets that of rank 0.
    base::Result<std::string> exchange(const std::string& text, base::TimePoint deadline) {
        deadline_ = deadline;
        if (auto begun = ask("cmd=init pmi_version=1 pmi_subversion=1", "response_to_init"); !begun)
            return tl::unexpected(std::move(begun.error()));
        const auto space = ask("cmd=get_my_kvsname", "my_kvsname");
        if (!space) return tl::unexpected(space.error());
        const std::string name = "kvsname=" + value_in(*space, "kvsname").value_or("") + " key=" + key;
        if (!text.empty())
            if (auto put = ask("cmd=put " + name + " value=" + text, "put_result"); !put)
                return tl::unexpected(std::move(put.error()));
        if (auto met = ask("cmd=barrier_in", "barrier_out"); !met) return tl::unexpected(std::move(met.error()));
        std::string got = text;
        if (text.empty()) {
            const auto answer = ask("cmd=get " + name, "get_result");
            if (!answer) return tl::unexpected(answer.error());
            got = value_in(*answer, "value").value_or("");
        }
        // Without it the launcher would take our end for an accident.
        if (auto ended = ask("cmd=finalize", "finalize_ack"); !ended) return tl::unexpected(std::move(ended.error()));
        return got;
    }

    base::Result<std::string> ask(const std::string& question, std::string_view command) {
        const std::string line = question + "\n";
        // A few bytes on a socket that is read at once.
        if (::send(fd_, line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size()))
            return fail(errno);
        auto answer = read_line();
        if (!answer) return answer;
        const auto status = value_in(*answer, "rc");
        if (value_in(*answer, "cmd") != command || (status && *status != "0"))
            return base::failure(
                attempt(), "to \"" + question.substr(0, question.find(" value=")) + "\" it answers \"" + *answer + "\"",
                advice());
        return answer;
    }

    base::Result<std::string> read_line() {
        std::string line;
        while (line.size() < line_max) {
            using std::chrono::milliseconds;
            const auto left = std::chrono::ceil<milliseconds>(deadline_ - base::Clock::now());
            pollfd readable{fd_, POLLIN, 0};
            const int ready = ::poll(&readable, 1, static_cast<int>(std::max(left, milliseconds(0)).count()));
            if (ready < 0 && errno == EINTR) continue;
            if (ready < 0) return fail(errno);
            if (ready == 0)
                return base::failure(attempt(), "not all copies have called scoop::run in time",
                                     "call it early in main, before anything that takes long");
            char c = 0;  // not more: what comes behind the line is not ours
            const auto size = ::read(fd_, &c, 1);
            if (size < 0 && errno == EINTR) continue;
            if (size <= 0) return fail(size < 0 ? errno : EPIPE);
            if (c == '\n') return line;
            line += c;
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
    base::TimePoint deadline_;
    std::string text_;
};

}  // namespace

std::unique_ptr<Rendezvous> make_pmi_rendezvous(int fd) { return std::make_unique<PmiRendezvous>(fd); }

}  // namespace scoop::node
