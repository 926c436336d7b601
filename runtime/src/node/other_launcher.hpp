// Has another launcher (mpirun, srun, flux run …) started this process as one of several copies of the program? Told
// from variables, and by PMIx where they do not tell it all. Pure; any thread.
//
// | variables                                          | set by                                                      |
// |----------------------------------------------------|-------------------------------------------------------------|
// | OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE         | mpirun of Open MPI                                          |
// | PMI_RANK, PMI_SIZE                                 | Hydra (MPICH, Intel MPI), flux run, srun --mpi=pmi2         |
// | SLURM_STEP_ID, SLURM_PROCID, SLURM_STEP_NUM_TASKS  | srun. A batch script has SLURM_PROCID too, but no step, or  |
// |                                                    | one with a number beyond those of srun's                    |
// | PMIX_NAMESPACE, PMIX_RANK                          | all that speak PMIx; prterun sets no others                 |
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/failure.hpp"
#include "base/ids.hpp"

namespace scoop::node {

/// "none": whoever started this process is not asked, it is a job of one. Set so in every process of a job, since what
/// other variables say of it is not true of the programs that it starts.
inline constexpr const char* launcher_variable = "SCOOP_LAUNCHER";
/// How many seconds the copies wait for each other; 30 when it is not set.
inline constexpr const char* start_timeout_variable = "SCOOP_START_TIMEOUT";
inline constexpr std::uint32_t start_timeout_max = 86'400;
/// More is a mistake of ours or of the launcher: rank 0 has a connection to each.
inline constexpr std::uint32_t copies_max = 1U << 16;

struct OtherLauncher {
    std::string name;  ///< "mpirun", "srun"
    base::Rank rank = 0;
    std::uint32_t size = 0;     ///< at least 2
    std::string start;          ///< the same in all copies of one start, fit for a file's name; empty: nothing is known
    std::optional<int> pmi_fd;  ///< on which the launcher speaks PMI-1
    bool has_pmix = false;      ///< it speaks PMIx, and calls this copy `rank` there too
    std::chrono::seconds start_timeout{30};  ///< from the call of scoop::run to the start of the program
};

using LookUpVariable = std::function<std::optional<std::string>(const char* name)>;

/// How many copies there are, as PMIx says.
using AskJobSize = std::function<base::Result<std::uint32_t>()>;

/// Nothing: the program was started alone. A Failure names the variables that do not fit together.
[[nodiscard]] base::Result<std::optional<OtherLauncher>> find_other_launcher(const LookUpVariable& variable,
                                                                             const AskJobSize& ask_job_size);

/// What names a start, as a part of a file's name. The end of a long one: the numbers come last.
[[nodiscard]] std::string file_name_of(std::string start);

}  // namespace scoop::node
