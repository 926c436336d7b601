// The rendezvous over the launcher's channel. It tells only whether all have come, not who; and where a copy does not
// speak with the launcher, all others wait in vain. So when they have not met at once, rank 0 leaves its word in a
// file, too, and the others look there between two waits: who finds it comes to rank 0, which then knows who is
// missing.
#include <algorithm>
#include <utility>

#include "base/user_directory.hpp"
#include "node/launcher_channel.hpp"
#include "node/rendezvous.hpp"

namespace scoop::node {

namespace {

constexpr std::chrono::seconds patience{2};  // with the others, before the file is thought of
constexpr int patiences_in_all = 4;          // or less, of the time that a start may take

class LauncherRendezvous final : public Rendezvous {
public:
    LauncherRendezvous(const OtherLauncher& other, std::unique_ptr<LauncherChannel> channel,
                       std::unique_ptr<Rendezvous> file, std::string directory)
        : rank_(other.rank),
          attempt_("find the other copies that " + other.name + " has started"),
          timeout_(other.start_timeout),
          patience_(std::min<base::Duration>(patience, base::Duration(other.start_timeout) / patiences_in_all)),
          channel_(std::move(channel)),
          file_(std::move(file)),
          directory_(std::move(directory)) {}

    base::Result<void> publish(const std::string& text, base::TimePoint deadline) override {
        text_ = text;
        if (auto put = channel_->put(text); !put) return put;
        const auto met = channel_->meet(std::min(deadline, base::Clock::now() + patience_));
        if (!met) return tl::unexpected(met.error());
        if (*met || tell_by_file()) return {};
        const auto met_late = channel_->meet(deadline);
        if (!met_late) return tl::unexpected(met_late.error());
        if (!*met_late) return too_late();
        return {};
    }

    // Slurm's servers may refuse each other, and some copies never learn that all have met.
    void tell_again() override { (void)tell_by_file(); }

    base::Result<std::string> look_up(base::TimePoint deadline) override {
        while (text_.empty()) {
            const auto met = channel_->meet(std::min(deadline, base::Clock::now() + patience_));
            if (!met) return tl::unexpected(met.error());
            if (*met) {
                auto text = channel_->get();
                if (!text) return text;
                text_ = std::move(*text);
            } else if (file_) {
                auto text = file_->look_up(base::Clock::now());
                if (text) return text;
            }
            if (text_.empty() && base::Clock::now() >= deadline) return too_late();
        }
        return text_;
    }

    void withdraw() override {
        if (file_) file_->withdraw();
        channel_->leave();
    }

    void end() override {
        if (file_) file_->end();
        channel_->end();
    }

    std::string doubt() const override {
        return file_ ? "a copy on a host that does not share " + directory_ + " with rank 0 counts as missing" : "";
    }

private:
    [[nodiscard]] bool tell_by_file() const { return file_ && file_->publish(text_, base::Clock::now()).has_value(); }

    [[nodiscard]] tl::unexpected<base::Failure> too_late() const {
        return base::failure(
            attempt_,
            "rank " + std::to_string(rank_) + " has waited " + std::to_string(timeout_.count()) +
                " s, and not all copies have called scoop::run",
            "every copy must call it early in main, and libpmix be on all hosts or on none; where hosts "
            "share the directory of XDG_CACHE_HOME, those that are missing are named");
    }

    const base::Rank rank_;
    const std::string attempt_;
    const std::chrono::seconds timeout_;
    const base::Duration patience_;
    const std::unique_ptr<LauncherChannel> channel_;
    const std::unique_ptr<Rendezvous> file_;  ///< null: there is no directory for it, or no name
    const std::string directory_;
    std::string text_;
};

}  // namespace

std::unique_ptr<Rendezvous> make_launcher_rendezvous(const OtherLauncher& other,
                                                     std::unique_ptr<LauncherChannel> channel) {
    const std::string start = other.start.empty() ? file_name_of(channel->start()) : other.start;
    std::string directory = base::user_directory();
    std::unique_ptr<Rendezvous> file;
    if (!start.empty() && !directory.empty()) file = make_file_rendezvous(directory, start, {});
    return std::make_unique<LauncherRendezvous>(other, std::move(channel), std::move(file), std::move(directory));
}

}  // namespace scoop::node
