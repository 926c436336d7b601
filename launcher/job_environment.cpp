#include "launcher/job_environment.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <utility>

namespace scoop::launcher {

namespace {

constexpr std::string_view pattern_characters = "*?[";
// SCOOP_* steers scoop-run and the start of processes.
constexpr std::array stays_here{
    "_",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "MAIL",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "HOSTNAME",
    "TERM",
    "DISPLAY",
    "XAUTHORITY",
    "WAYLAND_DISPLAY",
    "DBUS_*",
    "SSH_*",
    "XDG_*",
    "SCOOP_*",
    "SLURM_STEP*",
    "SLURM_PROCID",
    "SLURM_LOCALID",
    "SLURM_NODEID",
    "SLURM_TASK_PID",
    "PMI_*",
    "PMIX_*",
};

std::string name_of(std::string_view variable) { return std::string(variable.substr(0, variable.find('='))); }

bool matches(const char* pattern, const std::string& name) { return ::fnmatch(pattern, name.c_str(), 0) == 0; }

bool is_of_this_session(const std::string& name) {
    return std::any_of(stays_here.begin(), stays_here.end(),
                       [&](const char* pattern) { return matches(pattern, name); });
}

void set(std::vector<std::string>& variables, std::string variable) {
    std::erase_if(variables, [name = name_of(variable)](const std::string& other) { return name_of(other) == name; });
    variables.push_back(std::move(variable));
}

/// Adds what a request without a value stands for; whether there was something.
bool pass_on(const std::string& request, const std::vector<std::string>& ours, std::vector<std::string>& variables) {
    const bool is_pattern = request.find_first_of(pattern_characters) != std::string::npos;
    bool found = false;
    for (const std::string& variable : ours) {
        const std::string name = name_of(variable);
        if (is_pattern ? !matches(request.c_str(), name) || is_of_this_session(name) : name != request) continue;
        set(variables, variable);
        found = true;
    }
    return found;
}

}  // namespace

tl::expected<void, std::string> check_environment_request(std::string_view request) {
    const std::string name = name_of(request);
    const auto expected = [](const char* what) { return tl::unexpected<std::string>(std::string("expected ") + what); };
    if (name.empty()) return expected("the name of a variable, as in -x OMP_NUM_THREADS or -x OMP_NUM_THREADS=2");
    if (name == "SCOOP_ROLE") return expected("another variable: SCOOP_ROLE is for scoop-run itself to set");
    if (name.size() < request.size() && name.find_first_of(pattern_characters) != std::string::npos)
        return expected("one name before \"=\"; a pattern takes the values of this environment");
    return {};
}

std::vector<std::string> with_variables(std::vector<std::string> variables, const std::vector<std::string>& more) {
    for (const std::string& variable : more) set(variables, variable);
    return variables;
}

JobEnvironment make_job_environment(const std::vector<std::string>& requests, const std::vector<std::string>& ours) {
    JobEnvironment environment;
    for (const std::string& request : requests) {
        if (request.find('=') != std::string::npos)
            set(environment.variables, request);
        else if (!pass_on(request, ours, environment.variables))
            environment.unmatched.push_back(request);
    }
    return environment;
}

}  // namespace scoop::launcher
