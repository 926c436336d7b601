// WorkerBindings: the CPUs that each worker of this host is bound to, as --bind-to asks. One thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/cpu_set.hpp"
#include "base/cpu_topology.hpp"
#include "base/ids.hpp"

namespace scoop::base {

struct BindingOrder {
    CpuUnit unit = CpuUnit::core;
    std::vector<Rank> ranks;  ///< of this host
    bool root_works = true;
};

class WorkerBindings {
public:
    /// Nobody is bound.
    WorkerBindings() = default;
    /// Looks at this machine and at what of it this process may use. Where binding is not possible or makes no sense
    /// nobody is bound, and problem() says why. A root that runs no tasks is not bound, for it would waste its share.
    explicit WorkerBindings(const BindingOrder& order);

    /// Empty: not bound.
    [[nodiscard]] CpuSet cpus_of(Rank rank) const;
    [[nodiscard]] const std::string& problem() const { return problem_; }
    /// "rank 3 is bound to CPUs 2-3", one for each that is.
    [[nodiscard]] std::vector<std::string> lines() const;

private:
    std::vector<std::pair<Rank, CpuSet>> bound_;
    std::string problem_;
};

}  // namespace scoop::base
