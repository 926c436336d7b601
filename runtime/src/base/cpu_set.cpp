#include "base/cpu_set.hpp"

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>

namespace scoop::base {

namespace {

struct Mask {
    explicit Mask(std::size_t cpus) : size(CPU_ALLOC_SIZE(cpus)), bits(CPU_ALLOC(cpus)) {
        if (bits) CPU_ZERO_S(size, bits.get());
    }
    struct Free {
        void operator()(cpu_set_t* set) const { CPU_FREE(set); }
    };
    std::size_t size;
    std::unique_ptr<cpu_set_t, Free> bits;
};

}  // namespace

CpuSet affinity_mask() {
    constexpr std::size_t cpus_limit = 1 << 20;
    // A kernel for more CPUs than fit the mask says EINVAL.
    for (std::size_t cpus_max = CPU_SETSIZE; cpus_max <= cpus_limit; cpus_max *= 2) {
        const Mask mask(cpus_max);
        if (!mask.bits) break;
        if (::sched_getaffinity(0, mask.size, mask.bits.get()) != 0) continue;
        CpuSet cpus;
        for (std::uint32_t cpu = 0; cpu < cpus_max; ++cpu)
            if (CPU_ISSET_S(cpu, mask.size, mask.bits.get())) cpus.push_back(cpu);
        return cpus;
    }
    return {};
}

Result<void> bind_this_thread(const CpuSet& cpus) {
    const Mask mask(cpus.empty() ? 1 : cpus.back() + std::size_t{1});
    for (const std::uint32_t cpu : cpus)
        if (mask.bits) CPU_SET_S(cpu, mask.size, mask.bits.get());
    if (!mask.bits || ::sched_setaffinity(0, mask.size, mask.bits.get()) != 0)
        return system_failure("bind to CPUs " + cpu_list_text(cpus));
    return {};
}

std::string cpu_list_text(const CpuSet& cpus) {
    std::string text;
    for (std::size_t first = 0, next = 0; first < cpus.size(); first = next) {
        for (next = first + 1; next < cpus.size() && cpus[next] == cpus[next - 1] + 1;) ++next;
        text += (first == 0 ? "" : ",") + std::to_string(cpus[first]);
        if (next - first > 1) text += "-" + std::to_string(cpus[next - 1]);
    }
    return text;
}

std::string cpus_text(const CpuSet& cpus) { return (cpus.size() == 1 ? "CPU " : "CPUs ") + cpu_list_text(cpus); }

CpuSet common_cpus(const CpuSet& first, const CpuSet& second) {
    CpuSet common;
    std::set_intersection(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(common));
    return common;
}

}  // namespace scoop::base
