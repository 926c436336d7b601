#include "protocol/black_box.hpp"

#include <sys/mman.h>
#include <sys/stat.h>

namespace scoop::protocol {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

// Of zeros, which is what a new BlackBox consists of.
base::Result<base::UniqueFd> make_black_box() {
    base::UniqueFd fd(::memfd_create("scoop-black-box", MFD_CLOEXEC));
    if (!fd || ::ftruncate(fd.get(), sizeof(BlackBox)) != 0)
        return base::system_failure("make a page of shared memory");
    return fd;
}

BlackBox* map_black_box(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != sizeof(BlackBox)) return nullptr;
    void* const memory = ::mmap(nullptr, sizeof(BlackBox), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? nullptr : static_cast<BlackBox*>(memory);
}

void unmap_black_box(BlackBox* box) {
    if (box != nullptr) ::munmap(box, sizeof(BlackBox));
}

}  // namespace scoop::protocol
