// WorkerBindings: the CPUs that each worker of this host is bound to, as --bind-to asks. One thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/cpu_set.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

class WorkerBindings {
public:
    WorkerBindings() = default;
    /// Looks at this machine and at what of it this process may use. Where binding is not possible or makes no sense
    /// nobody is bound, and problem() says why. A root that runs no tasks is not bound, for it would waste its share.
    explicit WorkerBindings(const control::JobDescription& job);

    /// Empty: not bound.
    [[nodiscard]] base::CpuSet cpus_of(base::Rank rank) const;
    [[nodiscard]] const std::string& problem() const { return problem_; }
    /// "rank 3 is bound to CPUs 2-3", one for each that is.
    [[nodiscard]] std::vector<std::string> lines() const;

private:
    std::vector<std::pair<base::Rank, base::CpuSet>> bound_;
    std::string problem_;
};

}  // namespace scoop::node
