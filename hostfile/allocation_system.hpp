// What the readers of the single batch systems (allocation_slurm.cpp, …) have in common. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "hostfile/allocation.hpp"
#include "hostfile/host.hpp"

namespace scoop::hostfile {

/// The variable by which a job is recognised, and what it is called there.
struct JobSign {
    std::string variable;
    std::string id;
};

struct JobHosts {
    std::vector<Host> mentions;  ///< each with slots and origin; a host may be there more than once
    std::string sources;
};

struct BatchSystem {
    std::string_view name;     ///< as --batch takes it
    std::string_view title;    ///< as its users call it
    std::string_view starter;  ///< see Allocation
    std::optional<JobSign> (*find_job)(const Variables& variables);
    base::Result<JobHosts> (*read_hosts)(const JobSources& sources);
};

extern const BatchSystem slurm_system;

/// The value of a variable; nullptr when it is not set or empty, which batch systems do not distinguish.
[[nodiscard]] const std::string* find_variable(const Variables& variables, std::string_view name);

/// Names in the order of preference, of which one says it: the first that is set; empty: none.
[[nodiscard]] std::string first_variable(const Variables& variables, const std::vector<std::string>& names);

/// The names that a list such as "node[01-03],login" in `variable` stands for.
[[nodiscard]] base::Result<std::vector<std::string>> read_names(const Variables& variables,
                                                                const std::string& variable);

/// The counts of a list such as "2(x3),1" in `variable`, which is four counts.
[[nodiscard]] base::Result<std::vector<std::uint32_t>> read_counts(const Variables& variables,
                                                                   const std::string& variable);

/// A failure of the two variables that do not fit: "A and B contradict each other: how".
[[nodiscard]] tl::unexpected<base::Failure> contradiction(const std::string& one, const std::string& other,
                                                          const std::string& how);

}  // namespace scoop::hostfile
