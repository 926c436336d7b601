#include "worker/fiber.hpp"

#include <cxxabi.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>
#include <fstream>
#include <new>

#include "base/assert.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define SCOOP_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SCOOP_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define SCOOP_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SCOOP_TSAN 1
#endif
#endif
#ifdef SCOOP_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef SCOOP_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace scoop::worker {

namespace context = boost::context::detail;

namespace {

// Wide enough that a function with a large frame does not step over it; address space only.
constexpr std::size_t guard_bytes_min = 64 * 1024;
// From this size on the kernel may take a whole huge page for the first byte that is touched.
constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

bool make_guard(void* memory, std::size_t bytes) {
    // Linux 6.13 and later: a guard that does not cut the mapping in two. The number of mappings is limited
    // (vm.max_map_count): cut, there cannot be more than 32,700 stacks.
    constexpr int guard_install = 102;  // MADV_GUARD_INSTALL
    return ::madvise(memory, bytes, guard_install) == 0 || ::mprotect(memory, bytes, PROT_NONE) == 0;
}

}  // namespace

std::size_t default_stack_bytes() {
    constexpr std::size_t usual = std::size_t{8} << 20;
    constexpr std::size_t scarce = std::size_t{1} << 20;
    rlimit limit{};
    const bool is_limited = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
    char overcommit = '0';
    std::ifstream("/proc/sys/vm/overcommit_memory") >> overcommit;
    return is_limited || overcommit == '2' || sizeof(void*) == 4 ? scarce : usual;
}

struct FiberEntry {
    static void start(context::transfer_t transfer) {
        Fiber* const* pair = static_cast<Fiber* const*>(transfer.data);
        Fiber& from = *pair[0];
        Fiber& self = *pair[1];
        self.arrived(transfer.fctx, from);
        self.entry_(self.argument_);
        SCOOP_ASSERT(false && "a fiber's entry never returns");
    }
};

Fiber::Fiber() = default;

Fiber::Fiber(std::size_t stack_bytes, void (*entry)(void*), void* argument) : entry_(entry), argument_(argument) {
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::size_t guard_bytes = (guard_bytes_min + page - 1) / page * page;
    stack_bytes_ = (stack_bytes + page - 1) / page * page;
    mapping_bytes_ = stack_bytes_ + guard_bytes;
    void* memory = ::mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    mapping_ = static_cast<std::byte*>(memory);
    if (stack_bytes_ >= huge_page_bytes) (void)::madvise(mapping_, mapping_bytes_, MADV_NOHUGEPAGE);
    if (!make_guard(mapping_, guard_bytes)) {
        ::munmap(mapping_, mapping_bytes_);
        throw std::bad_alloc();
    }
    stack_bottom_ = mapping_ + guard_bytes;
    last_quarter_ = mapping_ + guard_bytes + stack_bytes_ / 4;
    context_ = context::make_fcontext(mapping_ + mapping_bytes_, stack_bytes_, FiberEntry::start);
#ifdef SCOOP_TSAN
    sanitizer_fiber_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
    if (mapping_ == nullptr) return;
#ifdef SCOOP_TSAN
    __tsan_destroy_fiber(sanitizer_fiber_);
#endif
#ifdef SCOOP_ASAN
    // The frames of an abandoned fiber stay poisoned, and the next mapping may lie at the same addresses. They lie
    // above the stack pointer: the shadow of all of a stack would be memory that nobody has used.
    const auto* const used = static_cast<const std::byte*>(context_);
    __asan_unpoison_memory_region(used, static_cast<std::size_t>(mapping_ + mapping_bytes_ - used));
#endif
    ::munmap(mapping_, mapping_bytes_);
}

void Fiber::switch_to(Fiber& from, Fiber& to) noexcept {
    auto* live = reinterpret_cast<ExceptionState*>(abi::__cxa_get_globals());
    from.exceptions_ = *live;
    *live = to.exceptions_;
#ifdef SCOOP_ASAN
    __sanitizer_start_switch_fiber(&from.fake_stack_, to.stack_bottom_, to.stack_bytes_);
#endif
#ifdef SCOOP_TSAN
    if (from.mapping_ == nullptr) from.sanitizer_fiber_ = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(to.sanitizer_fiber_, 0);
#endif
    Fiber* pair[2] = {&from, &to};
    const context::transfer_t transfer = context::jump_fcontext(to.context_, pair);
    Fiber* const* back = static_cast<Fiber* const*>(transfer.data);
    from.arrived(transfer.fctx, *back[0]);
}

void Fiber::arrived(void* previous_context, Fiber& previous) noexcept {
    previous.context_ = previous_context;
#ifdef SCOOP_ASAN
    const void* bottom = nullptr;
    std::size_t size = 0;
    __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &size);
    if (previous.stack_bottom_ == nullptr) {  // a thread's own stack: known from its first switch on
        previous.stack_bottom_ = bottom;
        previous.stack_bytes_ = size;
    }
#endif
}

bool Fiber::guards(const void* address) const noexcept {
    const auto* at = static_cast<const std::byte*>(address);
    return mapping_ != nullptr && at >= mapping_ && at < static_cast<const std::byte*>(stack_bottom_);
}

}  // namespace scoop::worker
