#include "worker/journal.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace scoop::worker {

namespace {

// The most that a machine which loses power may take along.
constexpr std::chrono::seconds sync_period{1};
constexpr const char* start_anew = "; remove it to begin a new one, or name another directory";

void say(const std::string& path, const std::string& text) {
    std::fprintf(stderr, "scoop: journal %s: %s\n", path.c_str(), text.c_str());
}

std::string counted(std::size_t number, const char* noun) {
    return std::to_string(number) + ' ' + noun + (number == 1 ? "" : "s");
}

std::string command_line(const std::vector<std::string>& arguments) {
    std::string text;
    for (const std::string& argument : arguments) text += (text.empty() ? "" : " ") + argument;
    return text.empty() ? "no arguments" : "`" + text + "`";
}

// A lock of the process, which what it forks does not inherit.
base::Result<void> lock(int file, const std::string& attempt) {
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(file, F_SETLK, &whole) == 0) return {};
    if (errno != EACCES && errno != EAGAIN) return base::system_failure(attempt);
    struct flock other = whole;
    const bool is_known = ::fcntl(file, F_GETLK, &other) == 0 && other.l_type != F_UNLCK && other.l_pid > 0;
    return base::failure(attempt,
                         "another job is using it" + (is_known ? " (process " + std::to_string(other.l_pid) + ")" : ""),
                         "wait for its end, or name another directory");
}

bool write_at(int file, std::string_view bytes, std::size_t offset) {
    while (!bytes.empty()) {
        const auto count = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count == 0) errno = ENOSPC;
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::size_t>(count);
    }
    return true;
}

bool read_at(int file, char* bytes, std::size_t size, std::size_t offset) {
    while (size > 0) {
        const auto count = ::pread(file, bytes, size, static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        bytes += count;
        size -= static_cast<std::size_t>(count);
        offset += static_cast<std::size_t>(count);
    }
    return true;
}

// A file, to be read once from front to back.
class Mapping {
public:
    Mapping(int file, std::size_t size)
        : size_(size), at_(size == 0 ? MAP_FAILED : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0)) {}
    ~Mapping() {
        if (at_ != MAP_FAILED) ::munmap(at_, size_);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    [[nodiscard]] bool has_failed() const { return size_ != 0 && at_ == MAP_FAILED; }
    [[nodiscard]] std::string_view view() const {
        return size_ == 0 ? std::string_view() : std::string_view(static_cast<const char*>(at_), size_);
    }

private:
    std::size_t size_;
    void* at_;
};

}  // namespace

base::Result<std::unique_ptr<Journal>> Journal::open(const std::string& directory, const JournalOwner& owner,
                                                     std::uint64_t run) {
    const std::string attempt = "use the journal in " + directory;
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return base::system_failure("make the directory " + directory + " for the journal", error.value());
    const std::string path = directory + "/results";
    base::UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return base::system_failure("open " + path + " for the journal");
    if (auto locked = lock(file.get(), attempt); !locked) return tl::unexpected(std::move(locked.error()));
    auto known = read(path, file.get(), owner);
    if (!known) return tl::unexpected(std::move(known.error()).within(attempt));
    if (::ftruncate(file.get(), static_cast<off_t>(known->end)) != 0) return base::system_failure("shorten " + path);
    if (known->end == 0) {
        const std::string header = encode_journal_header(owner);
        if (!write_at(file.get(), header, 0) || ::fsync(file.get()) != 0) return base::system_failure("write " + path);
        known->end = header.size();
        if (const base::UniqueFd folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)); folder)
            (void)::fsync(
                folder.get());  // so that the file's name outlives the machine's power; some file systems refuse
    }
    return std::unique_ptr<Journal>(new Journal(path, std::move(file), std::move(*known), run));
}

base::Result<Journal::Known> Journal::read(const std::string& path, int file, const JournalOwner& owner) {
    struct stat status {};
    if (::fstat(file, &status) != 0) return base::system_failure("read " + path);
    const auto size = static_cast<std::size_t>(status.st_size);
    const Mapping mapping(file, size);
    if (mapping.has_failed()) return base::system_failure("read " + path);
    auto header = read_journal_header(mapping.view());
    if (!header) return base::failure("read " + path, header.error().reason, "remove it to begin a new one");
    Known known;
    if (header->size == 0) return known;
    if (header->owner.program != owner.program)
        return base::failure("read " + path,
                             std::string("it was written by another build of this program, whose results "
                                         "may be others") +
                                 start_anew);
    if (header->owner.arguments != owner.arguments)
        return base::failure("read " + path, "it was written by a run with " + command_line(header->owner.arguments) +
                                                 ", and this one has " + command_line(owner.arguments) + start_anew);
    known.end = read_journal_records(mapping.view(), header->size, [&](const JournalRecord& record) {
        known.results.insert_or_assign(record.key, Place{record.offset, record.size});
    });
    if (known.end < size)
        say(path, "it ends in the middle of a result or is damaged at byte " + std::to_string(known.end) + " of " +
                      std::to_string(size) + "; the " + counted(known.results.size(), "result") +
                      " before that are used, the others are computed again");
    return known;
}

Journal::Journal(std::string path, base::UniqueFd file, Known known, std::uint64_t run)
    : path_(std::move(path)),
      file_(std::move(file)),
      known_(std::move(known)),
      surroundings_{run, 0},
      end_(known_.end) {
    // Signals are for the program's threads.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { this->run(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Journal::~Journal() { close(); }

void Journal::close() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
        changed_.notify_one();
    }
    thread_.join();
    if (!has_failed_)
        say(path_, counted(found_, "result") + " taken from it, " + std::to_string(recorded_) + " recorded");
}

void Journal::note_constant(std::string_view name, std::string_view value) {
    const base::Digest digest = digest_of(base::digest_of(name), base::digest_of(value));
    const std::lock_guard lock(mutex_);
    // Several may be set at once, in any order.
    surroundings_.low ^= digest.low;
    surroundings_.high ^= digest.high;
}

base::Digest Journal::name_call(std::uint64_t function, std::string_view name, std::string_view arguments) {
    const base::Digest call = digest_of(base::digest_of(name, function), base::digest_of(arguments));
    const std::lock_guard lock(mutex_);
    const base::Digest kind = digest_of(surroundings_, call);
    const std::uint64_t before = calls_[kind]++;
    return before == 0 ? kind : digest_of(kind, base::Digest{before, 0});
}

std::optional<std::string> Journal::find(const base::Digest& key) {
    const auto place = known_.results.find(key);
    if (place == known_.results.end()) return std::nullopt;
    std::string result(place->second.size, '\0');
    if (!read_at(file_.get(), result.data(), result.size(), place->second.offset)) return std::nullopt;
    const std::lock_guard lock(mutex_);
    ++found_;
    return result;
}

void Journal::record(const base::Digest& key, std::string_view result, WhenFull when_full) {
    if (result.size() > journal_result_bytes_max) return;
    std::unique_lock lock(mutex_);
    if (when_full == WhenFull::wait)
        has_room_.wait(lock, [this] { return pending_.size() <= pending_bytes_max || has_failed_; });
    if (has_failed_ || is_closed_) return;
    const bool was_empty = pending_.empty();
    append_journal_record(pending_, key, result);
    ++pending_count_;
    if (was_empty) changed_.notify_one();
}

void Journal::call_soon(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return;
    work_.push_back(std::move(work));
    changed_.notify_one();
}

void Journal::run() {
    pthread_setname_np(pthread_self(), "scoop-journal");
    std::unique_lock lock(mutex_);
    for (;;) {
        const auto has_something = [this] { return stop_ || !work_.empty() || !pending_.empty(); };
        if (sync_due_) {
            changed_.wait_until(lock, *sync_due_, has_something);
        } else {
            changed_.wait(lock, has_something);
        }
        auto work = std::exchange(work_, {});
        lock.unlock();
        for (auto& call : work) call();
        work.clear();
        lock.lock();
        write_pending(lock);
        if (sync_due_ && (stop_ || base::Clock::now() >= *sync_due_)) {
            sync_due_.reset();
            lock.unlock();
            const int error_number = ::fdatasync(file_.get()) == 0 ? 0 : errno;
            lock.lock();
            if (error_number != 0) give_up(error_number);
        }
        if (stop_ && work_.empty() && pending_.empty()) {
            is_closed_ = true;
            return;
        }
    }
}

void Journal::write_pending(std::unique_lock<std::mutex>& lock) {
    if (pending_.empty()) return;
    const std::string bytes = std::exchange(pending_, {});
    const std::size_t count = std::exchange(pending_count_, 0);
    has_room_.notify_all();
    if (has_failed_) return;
    lock.unlock();
    const int error_number = write_at(file_.get(), bytes, end_) ? 0 : errno;
    lock.lock();
    if (error_number != 0) return give_up(error_number);
    end_ += bytes.size();
    recorded_ += count;
    if (!sync_due_) sync_due_ = base::Clock::now() + sync_period;
}

// The job's results are worth more than their record, so the job goes on. With the lock.
void Journal::give_up(int error_number) {
    if (std::exchange(has_failed_, true)) return;
    pending_.clear();
    has_room_.notify_all();
    (void)!::ftruncate(file_.get(), static_cast<off_t>(end_));  // a torn record is found by its checksum anyway
    say(path_, std::string("cannot be written: ") + std::strerror(error_number) +
                   "; the job goes on, and what it computes "
                   "from now on is not recorded");
}

}  // namespace scoop::worker
