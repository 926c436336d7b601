// The rendezvous by a file. Its directory may be on a file system of the network, where the news of a new file can be
// late: the directory is opened anew for every look, for which NFS asks its server.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "base/unique_fd.hpp"
#include "base/user_directory.hpp"
#include "node/rendezvous.hpp"

namespace scoop::node {

namespace {

constexpr std::chrono::milliseconds look_interval{50};

class FileRendezvous final : public Rendezvous {
public:
    FileRendezvous(std::string directory, const std::string& start, const std::string& better_way)
        : directory_(std::move(directory)), name_("start-" + start), sharing_advice_(advice(better_way)) {}
    ~FileRendezvous() override { withdraw(); }

    base::Result<void> publish(const std::string& text, base::TimePoint) override {
        if (auto made = base::make_directories(directory_, sharing_advice_.c_str()); !made) return made;
        std::string path = directory_ + "/new-XXXXXX";  // made with mode 0600
        const base::UniqueFd fd(::mkostemp(path.data(), O_CLOEXEC));
        if (!fd) return base::system_failure("make the file " + path, errno, sharing_advice_);
        const auto size = static_cast<ssize_t>(text.size());
        const bool is_written = ::write(fd.get(), text.data(), text.size()) == size && ::fsync(fd.get()) == 0 &&
                                ::rename(path.c_str(), (directory_ + "/" + name_).c_str()) == 0;
        if (!is_written) {
            auto failure = base::system_failure("write the file " + directory_ + "/" + name_, errno, sharing_advice_);
            ::unlink(path.c_str());
            return failure;
        }
        is_published_ = true;
        return {};
    }

    base::Result<std::string> look_up(base::TimePoint deadline) override {
        for (;;) {
            auto text = look();
            if (!text || !text->empty()) return text;
            if (base::Clock::now() >= deadline)
                return base::failure("wait for rank 0", "the file " + directory_ + "/" + name_ + " has not come",
                                     sharing_advice_);
            std::this_thread::sleep_for(look_interval);
        }
    }

    void end() override { withdraw(); }
    void withdraw() override {
        if (std::exchange(is_published_, false)) ::unlink((directory_ + "/" + name_).c_str());
    }

private:
    static std::string advice(const std::string& better_way) {
        const std::string sharing = "all hosts must share that directory: XDG_CACHE_HOME names another one";
        return better_way.empty() ? sharing : sharing + "; without one: " + better_way;
    }

    // Empty: it is not there yet.
    base::Result<std::string> look() const {
        const std::string attempt = "read the file " + directory_ + "/" + name_;
        const base::UniqueFd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!directory) return errno == ENOENT ? base::Result<std::string>("") : base::system_failure(attempt);
        const base::UniqueFd file(::openat(directory.get(), name_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
        if (!file) return errno == ENOENT ? base::Result<std::string>("") : base::system_failure(attempt);
        struct stat status {};
        if (::fstat(file.get(), &status) != 0) return base::system_failure(attempt);
        if (status.st_uid != ::geteuid() || (status.st_mode & 077) != 0)
            return base::failure(attempt, "it belongs to somebody else, or others may read it", "remove it");
        std::string text(protocol::start_text_max, '\0');
        const auto size = ::read(file.get(), text.data(), text.size());
        if (size < 0 && errno != ESTALE) return base::system_failure(attempt);
        text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
        return text;
    }

    const std::string directory_;
    const std::string name_;
    const std::string sharing_advice_;
    bool is_published_ = false;
};

}  // namespace

std::unique_ptr<Rendezvous> make_file_rendezvous(std::string directory, const std::string& start,
                                                 const std::string& better_way) {
    return std::make_unique<FileRendezvous>(std::move(directory), start, better_way);
}

}  // namespace scoop::node
