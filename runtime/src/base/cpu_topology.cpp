#include "base/cpu_topology.hpp"

#include <hwloc.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/loaded_library.hpp"

namespace scoop::base {

namespace {

constexpr const char* attempt = "ask hwloc for the cores of this machine";

// The functions of hwloc that are called here.
class Hwloc {
public:
    static Result<Hwloc> load() {
        LoadedLibrary library("libhwloc.so.15");  // of every hwloc 2
        Hwloc hwloc;
        library.find(hwloc.init, "hwloc_topology_init");
        library.find(hwloc.destroy, "hwloc_topology_destroy");
        library.find(hwloc.set_synthetic, "hwloc_topology_set_synthetic");
        library.find(hwloc.load_topology, "hwloc_topology_load");
        library.find(hwloc.type_depth, "hwloc_get_type_depth");
        library.find(hwloc.object_count, "hwloc_get_nbobjs_by_depth");
        library.find(hwloc.object, "hwloc_get_obj_by_depth");
        library.find(hwloc.next_bit, "hwloc_bitmap_next");
        auto found = library.check(attempt, "install hwloc on this host (Debian: libhwloc15)");
        if (!found) return tl::unexpected(std::move(found.error()));
        return hwloc;
    }

    decltype(&hwloc_topology_init) init = nullptr;
    decltype(&hwloc_topology_destroy) destroy = nullptr;
    decltype(&hwloc_topology_set_synthetic) set_synthetic = nullptr;
    decltype(&hwloc_topology_load) load_topology = nullptr;
    decltype(&hwloc_get_type_depth) type_depth = nullptr;
    decltype(&hwloc_get_nbobjs_by_depth) object_count = nullptr;
    decltype(&hwloc_get_obj_by_depth) object = nullptr;
    decltype(&hwloc_bitmap_next) next_bit = nullptr;
};

using Topology = std::unique_ptr<hwloc_topology, decltype(&hwloc_topology_destroy)>;

Result<Topology> load_topology(const Hwloc& hwloc, const std::string& synthetic) {
    hwloc_topology_t raw = nullptr;
    if (hwloc.init(&raw) != 0) return system_failure(attempt);
    Topology topology(raw, hwloc.destroy);
    if (!synthetic.empty() && hwloc.set_synthetic(raw, synthetic.c_str()) != 0) return system_failure(attempt);
    if (hwloc.load_topology(raw) != 0) return system_failure(attempt);
    return topology;
}

CpuSet cpus_of(const Hwloc& hwloc, hwloc_const_bitmap_t bits) {
    CpuSet cpus;
    for (int cpu = hwloc.next_bit(bits, -1); cpu >= 0; cpu = hwloc.next_bit(bits, cpu))
        cpus.push_back(static_cast<std::uint32_t>(cpu));
    return cpus;
}

std::vector<CpuSet> units_of_type(const Hwloc& hwloc, hwloc_topology_t topology, hwloc_obj_type_t type) {
    std::vector<CpuSet> units;
    const int depth = hwloc.type_depth(topology, type);
    const unsigned count = hwloc.object_count(topology, depth);
    for (unsigned k = 0; k < count; ++k) {
        CpuSet cpus = cpus_of(hwloc, hwloc.object(topology, depth, k)->cpuset);
        if (!cpus.empty()) units.push_back(std::move(cpus));  // there are NUMA nodes of nothing but memory
    }
    return units;
}

}  // namespace

Result<std::vector<CpuSet>> read_cpu_units(CpuUnit unit, const std::string& synthetic) {
    const auto hwloc = Hwloc::load();
    if (!hwloc) return tl::unexpected(hwloc.error());
    const auto topology = load_topology(*hwloc, synthetic);
    if (!topology) return tl::unexpected(topology.error());
    const hwloc_obj_type_t type = unit == CpuUnit::core     ? HWLOC_OBJ_CORE
                                  : unit == CpuUnit::socket ? HWLOC_OBJ_PACKAGE
                                                            : HWLOC_OBJ_NUMANODE;
    auto units = units_of_type(*hwloc, topology->get(), type);
    if (units.empty())
        units = units_of_type(*hwloc, topology->get(), unit == CpuUnit::core ? HWLOC_OBJ_PU : HWLOC_OBJ_MACHINE);
    return units;
}

}  // namespace scoop::base
