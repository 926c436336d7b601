// What the readers of the single batch systems (allocation_slurm.cpp, …) have in common. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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

/// The hosts of a job as they are found, each once.
class JobHosts {
public:
    /// One more mention of a host, by the rule of merge_mentions. `name` must be one as it stands; `origin` is where
    /// the number comes from.
    base::Result<void> add(std::string name, std::optional<std::uint32_t> slots, const std::string& origin);

    /// What told the hosts, for Allocation::sources.
    void add_source(const std::string& source);

    [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }
    [[nodiscard]] std::uint64_t slots_total() const;
    [[nodiscard]] const std::string& sources() const { return sources_; }

private:
    std::vector<Host> hosts_;
    std::unordered_map<std::string, std::size_t> positions_;  ///< in hosts_, by the name in small letters
    std::string sources_;
};

struct BatchSystem {
    std::string_view name;     ///< as --batch takes it
    std::string_view title;    ///< as its users call it
    std::string_view starter;  ///< see Allocation
    std::optional<JobSign> (*find_job)(const Variables& variables);
    base::Result<JobHosts> (*read_hosts)(const JobSources& sources);
};

extern const BatchSystem cobalt_system;
extern const BatchSystem flux_system;
extern const BatchSystem grid_engine_system;
extern const BatchSystem kubernetes_system;
extern const BatchSystem load_leveler_system;
extern const BatchSystem lsf_system;
extern const BatchSystem pbs_system;
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

/// The whole number that `variable` has, from 1 on; nothing when it is not set.
[[nodiscard]] base::Result<std::optional<std::uint32_t>> read_number(const Variables& variables,
                                                                     const std::string& variable);

/// What the file that `variable` names has, as words line by line; empty lines are left out. At least one line.
[[nodiscard]] base::Result<std::vector<std::vector<std::string>>> read_words_of_file(const JobSources& sources,
                                                                                     const std::string& variable);

/// The words of the text, which blanks and line ends separate.
[[nodiscard]] std::vector<std::string> split_words(std::string_view text);

/// The hosts of the file that `variable` names, one on a line, as often as they have slots. No source is added.
[[nodiscard]] base::Result<JobHosts> count_lines(const JobSources& sources, const std::string& variable);

/// A failure of the two variables that do not fit: "A and B contradict each other: how".
[[nodiscard]] tl::unexpected<base::Failure> contradiction(const std::string& one, const std::string& other,
                                                          const std::string& how);

}  // namespace scoop::hostfile
