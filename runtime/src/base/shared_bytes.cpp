#include "base/shared_bytes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <list>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#include "base/assert.hpp"

namespace scoop::base {

namespace {

// What is kept for later, each of what this process writes and of what it reads: enough for a few large values at a
// time.
constexpr std::size_t kept_bytes_max = std::size_t{64} << 20;
constexpr std::size_t kept_rooms_max = 32;
constexpr std::size_t kept_size_max = kept_bytes_max / 2;  // of one
// Values that a process has at a time. They and what is kept may each take a part of its descriptors.
constexpr std::size_t alive_max = 256;
constexpr rlim_t descriptor_share = 8;

constexpr std::size_t capacity_step = std::size_t{64} << 10;
constexpr std::size_t huge_page_size = std::size_t{2} << 20;

using Word = std::uint64_t;
constexpr Word lasting = ~Word{0};
// The word has a cache line of its own, before the bytes.
constexpr std::size_t bytes_offset = 64;

std::atomic<std::size_t> alive{0};

std::size_t descriptors_allowed() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur / descriptor_share;
}

std::size_t rounded_up(std::size_t size) { return (size + capacity_step - 1) / capacity_step * capacity_step; }

}  // namespace

/// Mapped memory; whoever made it has its descriptor too.
class SharedRoom {
public:
    static std::shared_ptr<SharedRoom> try_make(std::size_t size, Word first_word) {
        UniqueFd fd(::memfd_create("scoop", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return nullptr;
        if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0) return nullptr;
        auto room = try_map(fd.get(), size);
        if (room == nullptr) return nullptr;
        room->fd_ = std::move(fd);
        room->word().store(first_word, std::memory_order_relaxed);
        return room;
    }
    static std::shared_ptr<SharedRoom> try_map(int fd, std::size_t size) {
        void* const begin = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (begin == MAP_FAILED) return nullptr;
        // Only where the administrator lets shared memory have them (shmem_enabled); elsewhere it changes nothing.
        if (size >= huge_page_size) ::madvise(begin, size, MADV_HUGEPAGE);
        return std::make_shared<SharedRoom>(static_cast<char*>(begin), size);
    }
    SharedRoom(char* begin, std::size_t size) : begin_(begin), size_(size) {}
    ~SharedRoom() { ::munmap(begin_, size_); }
    SharedRoom(const SharedRoom&) = delete;
    SharedRoom& operator=(const SharedRoom&) = delete;

    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] char* bytes() { return begin_ + bytes_offset; }

    void put(std::size_t offset, const char* bytes, std::size_t count) {
        // Pages that nobody has touched cost half as much where the kernel fills them as where they are mapped and
        // cleared first.
        if (is_lasting() && count >= capacity_step) {
            const auto written = ::pwrite(fd_.get(), bytes, count, static_cast<off_t>(bytes_offset + offset));
            const std::size_t done = written < 0 ? 0 : static_cast<std::size_t>(written);
            offset += done;
            bytes += done;
            count -= done;
        }
        std::memcpy(begin_ + bytes_offset + offset, bytes, count);
    }

    void grow(std::size_t size) {
        if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) throw std::bad_alloc();
        void* const begin = ::mremap(begin_, size_, size, MREMAP_MAYMOVE);
        if (begin == MAP_FAILED) throw std::bad_alloc();
        begin_ = static_cast<char*>(begin);
        size_ = size;
    }

    [[nodiscard]] bool is_lasting() const { return word().load(std::memory_order_relaxed) == lasting; }
    [[nodiscard]] bool is_free() const { return word().load(std::memory_order_acquire) % 2 == 0; }
    void make_lasting() { word().store(lasting, std::memory_order_relaxed); }
    void take() { word().fetch_add(1, std::memory_order_relaxed); }
    // The only holder lets go; what it has read or written is over.
    void release() {
        const Word now = word().load(std::memory_order_relaxed);
        if (now != lasting && now % 2 == 1) word().store(now + 1, std::memory_order_release);
    }

private:
    [[nodiscard]] std::atomic<Word>& word() const { return *reinterpret_cast<std::atomic<Word>*>(begin_); }

    UniqueFd fd_;
    char* begin_;
    std::size_t size_;
};
static_assert(std::atomic<Word>::is_always_lock_free && sizeof(std::atomic<Word>) <= bytes_offset);

namespace {

/// Rooms that are kept, those used last in front.
class KeptRooms {
public:
    struct Entry {
        std::shared_ptr<SharedRoom> room;  // shared with the SharedBytes that is in it
        std::size_t size = 0;
        dev_t device = 0;
        ino_t inode = 0;
        bool is_in_use = true;  // since drop_unused() was called last
    };
    template <class Condition>
    std::shared_ptr<SharedRoom> try_find(Condition condition) {
        const auto found = std::find_if(entries_.begin(), entries_.end(), condition);
        if (found == entries_.end()) return nullptr;
        entries_.splice(entries_.begin(), entries_, found);
        entries_.front().is_in_use = true;
        return entries_.front().room;
    }
    void keep(Entry entry) {
        bytes_ += entry.size;
        entries_.push_front(std::move(entry));
        const std::size_t rooms_max = std::min(kept_rooms_max, descriptors_allowed());
        while (bytes_ > kept_bytes_max || entries_.size() > rooms_max) drop(std::prev(entries_.end()));
    }
    void drop(const SharedRoom& room) {
        const auto found =
            std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.room.get() == &room; });
        if (found != entries_.end()) drop(found);
    }
    void drop_unused() {
        for (auto entry = entries_.begin(); entry != entries_.end();) {
            const auto here = entry++;
            if (!std::exchange(here->is_in_use, false)) drop(here);
        }
    }
    [[nodiscard]] bool empty() const { return entries_.empty(); }

private:
    void drop(std::list<Entry>::iterator entry) {
        bytes_ -= entry->size;
        entries_.erase(entry);
    }
    std::list<Entry> entries_;
    std::size_t bytes_ = 0;
};

struct Kept {
    std::mutex mutex;
    KeptRooms written;
    KeptRooms read;
    // Never destroyed: threads may hold values while the process ends.
    static Kept& of_process() {
        static Kept& kept = *new Kept;
        return kept;
    }
};

std::shared_ptr<SharedRoom> try_take_room(std::size_t size) {
    Kept& kept = Kept::of_process();
    const std::lock_guard lock(kept.mutex);
    // Not one that is much too large: what needs that should find it.
    auto room = kept.written.try_find([&](const KeptRooms::Entry& entry) {
        return entry.size >= size && entry.size / 4 <= size && entry.room->is_free();
    });
    if (room != nullptr) {
        room->take();
        return room;
    }
    room = SharedRoom::try_make(size, 1);
    if (room != nullptr) kept.written.keep({room, size});
    return room;
}

// Under the lock: who looks for a room must not find one that is just being moved.
void grow_room(const std::shared_ptr<SharedRoom>& room, std::size_t size) {
    Kept& kept = Kept::of_process();
    const std::lock_guard lock(kept.mutex);
    kept.written.drop(*room);
    room->grow(size);
    if (room->is_lasting()) return;
    if (size <= kept_size_max)
        kept.written.keep({room, size});
    else
        room->make_lasting();
}

// The file as this process has it mapped already, or maps it now.
std::shared_ptr<SharedRoom> try_map_received(int fd) {
    struct stat file {};
    if (::fstat(fd, &file) != 0) return nullptr;
    const auto size = static_cast<std::size_t>(file.st_size);
    Kept& kept = Kept::of_process();
    const std::lock_guard lock(kept.mutex);
    auto room = kept.read.try_find(
        [&](const KeptRooms::Entry& entry) { return entry.inode == file.st_ino && entry.device == file.st_dev; });
    if (room != nullptr && room->size() == size) return room;
    if (room != nullptr) kept.read.drop(*room);
    room = SharedRoom::try_map(fd, size);
    if (room != nullptr && !room->is_lasting() && size <= kept_size_max)
        kept.read.keep({room, size, file.st_dev, file.st_ino});
    return room;
}

}  // namespace

SharedBytes::SharedBytes() { alive.fetch_add(1, std::memory_order_relaxed); }

SharedBytes::~SharedBytes() {
    alive.fetch_sub(1, std::memory_order_relaxed);
    if (is_passed_) return;
    if (room_ == nullptr) room_ = SharedRoom::try_map(received_.get(), bytes_offset);
    if (room_ != nullptr) room_->release();
}

bool SharedBytes::has_too_many() {
    return alive.load(std::memory_order_relaxed) >= std::min(alive_max, descriptors_allowed());
}

std::shared_ptr<SharedBytes> SharedBytes::try_make(std::size_t capacity, Readers readers) {
    if (has_too_many()) return nullptr;
    const std::size_t size = rounded_up(bytes_offset + capacity);
    const bool is_kept = readers == Readers::one && size <= kept_size_max;
    auto room = is_kept ? try_take_room(size) : SharedRoom::try_make(size, lasting);
    if (room == nullptr) return nullptr;
    std::shared_ptr<SharedBytes> bytes(new SharedBytes);
    bytes->room_ = std::move(room);
    return bytes;
}

Result<std::shared_ptr<SharedBytes>> SharedBytes::receive(UniqueFd fd, std::size_t size) {
    struct stat file {};
    if (::fstat(fd.get(), &file) != 0) return system_failure("look at shared memory");
    if (!S_ISREG(file.st_mode) || file.st_size < 0 || size > SIZE_MAX - bytes_offset ||
        static_cast<std::size_t>(file.st_size) < bytes_offset + size)
        return failure("read shared memory", "it is smaller than announced");
    const int seals = ::fcntl(fd.get(), F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) return failure("read shared memory", "it may shrink");
    std::shared_ptr<SharedBytes> bytes(new SharedBytes);
    bytes->received_ = std::move(fd);
    bytes->size_ = size;
    return bytes;
}

void SharedBytes::append(const char* bytes, std::size_t count) {
    SCOOP_ASSERT(!is_passed_ && !received_);
    const std::size_t needed = bytes_offset + size_ + count;
    if (needed > room_->size()) grow_room(room_, rounded_up(std::max(needed, 2 * room_->size())));
    room_->put(size_, bytes, count);
    size_ += count;
}

void SharedBytes::shrink(std::size_t size) {
    SCOOP_ASSERT(size <= size_);
    size_ = size;
}

std::string_view SharedBytes::view() {
    if (room_ == nullptr) room_ = try_map_received(received_.get());
    if (room_ == nullptr) throw std::bad_alloc();
    return {room_->bytes(), size_};
}

bool SharedBytes::is_for_many() {
    (void)view();
    return room_->is_lasting();
}

int SharedBytes::fd() const { return received_ ? received_.get() : room_->fd(); }

bool SharedBytes::has_kept_memory() {
    Kept& kept = Kept::of_process();
    const std::lock_guard lock(kept.mutex);
    return !kept.written.empty() || !kept.read.empty();
}

void SharedBytes::give_back_unused() {
    Kept& kept = Kept::of_process();
    const std::lock_guard lock(kept.mutex);
    kept.written.drop_unused();
    kept.read.drop_unused();
}

}  // namespace scoop::base
