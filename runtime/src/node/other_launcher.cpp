#include "node/other_launcher.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace scoop::node {

namespace {

// SLURM_MAX_NORMAL_STEP_ID of slurm.h: what is above stands for the batch script, the interactive and the extern step.
constexpr std::uint32_t srun_step_max = 0xfffffff0;
constexpr std::size_t start_size_max = 100;
constexpr const char* own_job_advice = "SCOOP_LAUNCHER=none makes each copy a job of one";

std::optional<std::uint32_t> number_in(const std::optional<std::string>& text) {
    std::uint32_t number = 0;
    if (!text) return std::nullopt;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    return error == std::errc() && end == text->data() + text->size() ? std::optional(number) : std::nullopt;
}

// The first of these that is set.
const char* name_of_first(const LookUpVariable& variable, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (variable(name)) return name;
    return nullptr;
}

bool is_step_of_srun(const LookUpVariable& variable) {
    const char* name = name_of_first(variable, {"SLURM_STEP_ID", "SLURM_STEPID"});
    const auto step = name != nullptr ? number_in(variable(name)) : std::nullopt;
    // In the shell of srun --pty a program is started by hand.
    return step && *step <= srun_step_max && !variable("SLURM_PTY_PORT");
}

struct Names {
    const char* launcher;
    const char* rank;
    const char* size;  // null: PMIx knows it
};

std::optional<Names> names_of_launcher(const LookUpVariable& variable) {
    if (variable("OMPI_COMM_WORLD_RANK")) return Names{"mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"};
    const bool is_slurm = is_step_of_srun(variable);
    if (variable("PMI_RANK") && variable("PMI_SIZE"))
        return Names{is_slurm ? "srun" : variable("FLUX_TASK_RANK") ? "flux run" : "mpiexec", "PMI_RANK", "PMI_SIZE"};
    const std::string pmix = variable("PMIX_RANK") ? variable("PMIX_NAMESPACE").value_or("") : "";
    // The daemons of prterun are tasks of srun themselves, and pass on what srun has told them.
    if (!pmix.empty() && !pmix.starts_with("slurm."))
        return Names{pmix.starts_with("prte") ? "prterun" : "mpiexec", "PMIX_RANK", nullptr};
    if (!is_slurm || !variable("SLURM_PROCID")) return std::nullopt;
    const char* size = name_of_first(variable, {"SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"});
    if (size == nullptr) return std::nullopt;
    return Names{"srun", "SLURM_PROCID", size};
}

std::string start_of(const LookUpVariable& variable) {
    std::string start;
    const auto add = [&](std::initializer_list<const char*> names) {
        for (const char* name : names)
            if (const auto value = variable(name)) start += (start.empty() ? "" : "-") + *value;
    };
    if (is_step_of_srun(variable))
        add({"SLURM_CLUSTER_NAME", "SLURM_JOB_ID", "SLURM_STEP_ID", "SLURM_RESTART_COUNT"});
    else
        add({"PMIX_NAMESPACE", "PMI_JOBID", "PALS_APID"});
    return file_name_of(std::move(start));
}

std::string place_attempt(const Names& names) {
    return "find this copy's place among those that " + std::string(names.launcher) + " has started";
}

// 0: what the variable says is no number.
base::Result<std::uint32_t> size_by(const Names& names, const LookUpVariable& variable,
                                    const AskJobSize& ask_job_size) {
    if (names.size != nullptr) return number_in(variable(names.size)).value_or(0);
    auto size = ask_job_size();
    if (size) return size;
    base::Failure failure = std::move(size.error()).within(place_attempt(names));
    failure.advice += (failure.advice.empty() ? "" : "; ") + std::string(own_job_advice);
    return tl::unexpected(std::move(failure));
}

}  // namespace

std::string file_name_of(std::string start) {
    const auto is_fit = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    };
    std::replace_if(
        start.begin(), start.end(), [&](char c) { return !is_fit(c); }, '_');
    if (start.size() > start_size_max) start.erase(0, start.size() - start_size_max);
    return start;
}

base::Result<std::optional<OtherLauncher>> find_other_launcher(const LookUpVariable& variable,
                                                               const AskJobSize& ask_job_size) {
    const std::string wish = variable(launcher_variable).value_or("");
    if (wish == "none") return std::nullopt;
    if (!wish.empty() && wish != "auto")
        return base::failure("read " + std::string(launcher_variable), "\"" + wish + "\" is neither none nor auto");
    const auto names = names_of_launcher(variable);
    if (!names) return std::nullopt;
    const auto rank = number_in(variable(names->rank));
    const auto size = size_by(*names, variable, ask_job_size);
    if (!size) return tl::unexpected(size.error());
    if (!rank || *size == 0 || *size > copies_max || *rank >= *size)
        return base::failure(place_attempt(*names),
                             std::string(names->rank) + " is \"" + variable(names->rank).value_or("") + "\" and " +
                                 (names->size != nullptr
                                      ? std::string(names->size) + " is \"" + variable(names->size).value_or("") + "\""
                                      : "PMIx says that there are " + std::to_string(*size)),
                             own_job_advice);
    if (*size == 1) return std::nullopt;
    OtherLauncher other;
    other.name = names->launcher;
    other.rank = *rank;
    other.size = *size;
    other.start = start_of(variable);
    if (const auto fd = number_in(variable("PMI_FD"))) other.pmi_fd = static_cast<int>(*fd);
    other.has_pmix = variable("PMIX_NAMESPACE") && number_in(variable("PMIX_RANK")) == rank;
    if (const auto limit = variable(start_timeout_variable); limit && !limit->empty()) {
        const auto seconds = number_in(limit);
        if (!seconds || *seconds == 0 || *seconds > start_timeout_max)
            return base::failure(
                "read " + std::string(start_timeout_variable),
                "\"" + *limit + "\" is not a number of seconds from 1 to " + std::to_string(start_timeout_max));
        other.start_timeout = std::chrono::seconds(*seconds);
    }
    return other;
}

}  // namespace scoop::node
