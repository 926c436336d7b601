// Notices: what the threads of sessions have to say to the user, each sentence once, however many hosts have cause for
// it. Any thread.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "launcher/level.hpp"

namespace scoop::launcher {

struct Notice {
    Level level;
    std::string text;
    bool operator==(const Notice&) const = default;
};

class Notices {
public:
    void add(Notice notice) {
        const std::lock_guard lock(mutex_);
        if (told_.insert(notice.text).second) waiting_.push_back(std::move(notice));
    }
    /// What was added since the last time.
    [[nodiscard]] std::vector<Notice> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(waiting_, {});
    }

private:
    std::mutex mutex_;
    std::set<std::string> told_;
    std::vector<Notice> waiting_;
};

}  // namespace scoop::launcher
