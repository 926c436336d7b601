// Which batch job is found. What is read of each system is tested with whole environments, in tests/batch.
#include "hostfile/allocation.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace scoop;
using namespace scoop::hostfile;

/// Every file has `content`, and so does what every command prints.
JobSources sources_of(Variables variables, const std::string& content = {}) {
    return {std::move(variables), [content](const std::string&) -> base::Result<std::string> { return content; },
            [content](const std::vector<std::string>&) -> base::Result<std::string> { return content; }};
}

const Variables slurm_job{{"SLURM_JOB_ID", "8"}, {"SLURM_JOB_NODELIST", "c[1-2]"}, {"SLURM_TASKS_PER_NODE", "2,1"}};

TEST_CASE("an allocation says what it is, what told it, and how the system starts programs") {
    const auto found = find_allocation(sources_of(slurm_job));
    REQUIRE(found);
    REQUIRE(*found);
    CHECK((*found)->system == "slurm");
    CHECK((*found)->starter == "srun");
    CHECK((*found)->hosts.front().origin == "SLURM_TASKS_PER_NODE");
    CHECK(describe_allocation(**found) ==
          "Slurm job 8: 2 hosts with 3 slots, by SLURM_JOB_NODELIST and SLURM_TASKS_PER_NODE");
}

TEST_CASE("the workers of an MPIJob are those of its hostfile, and how many run is told by the script beside it") {
    // Both as controllers of the MPI operator write them.
    JobSources sources;
    sources.variables = {{"K_MPI_JOB_ROLE", "launcher"}, {"OMPI_MCA_orte_default_hostfile", "/etc/mpi/hostfile"}};
    std::string script;
    sources.read_file = [&](const std::string& path) -> base::Result<std::string> {
        if (path == "/etc/mpi/hostfile")
            return "pi-worker-0.pi-worker.ns.svc slots=2\npi-worker-1.pi-worker.ns.svc slots=2\n";
        if (path == "/etc/mpi/discover_hosts.sh" && !script.empty()) return script;
        return base::failure("read " + path, "there is none");
    };
    const auto description = [&] {
        const auto found = find_allocation(sources);
        REQUIRE(found);
        REQUIRE(*found);
        CHECK((*found)->hosts.size() == 2);
        return describe_allocation(**found);
    };
    const std::string job =
        "Kubernetes job of the MPI operator: 2 hosts with 4 slots, by OMPI_MCA_orte_default_hostfile";
    CHECK(description() == job);
    script = "#!/bin/sh\n";
    CHECK(description() == job + ", /etc/mpi/discover_hosts.sh (0 of them running)");
    script += "echo pi-worker-1.pi-worker.ns.svc\necho pi-worker-11.pi-worker.ns.svc\n";  // one that is going away
    CHECK(description() == job + ", /etc/mpi/discover_hosts.sh (1 of them running)");
}

TEST_CASE("without a job there is no allocation, and asking for one system's is refused") {
    CHECK(find_allocation(sources_of({})).value() == std::nullopt);
    const auto found = find_allocation(sources_of({{"HOME", "/"}}), "slurm");
    REQUIRE_FALSE(found);
    CHECK(found.error().sentence() ==
          "--batch slurm: no variable tells of such a job; leave it out, or run this inside the job");
}

/// Text of the kind that stands in such variables, right and wrong.
std::string random_text(std::mt19937& random) {
    static const std::vector<std::string> parts{"node",  "[",    "]", "1-3", "01", ",",  "-", "(x", ")",   "2", " ",
                                                "65536", "\x7f", "é", ":",   ".",  "\n", "0", "a",  "b 2", "/", "="};
    std::string text;
    for (auto count = random() % 8; count > 0; --count) text += parts[random() % parts.size()];
    return text;
}

TEST_CASE("whatever the variables and files say, the answer is a bounded number of hosts or a sentence") {
    // Some variables of a job are spoilt, so that the others are looked at too.
    const std::vector<std::pair<Variables, std::string>> jobs{
        {slurm_job, ""},
        {{{"PBS_ENVIRONMENT", "PBS_BATCH"}, {"PBS_JOBID", "5.s"}, {"PBS_NODEFILE", "/f"}, {"NCPUS", "2"}}, "a\na\nb\n"},
        {{{"SGE_ROOT", "/s"}, {"JOB_ID", "5"}, {"PE_HOSTFILE", "/f"}, {"NSLOTS", "3"}}, "a 1 q <NULL>\nb 2 q <NULL>\n"},
        {{{"LSB_JOBID", "5"}, {"LSB_MCPU_HOSTS", "a 2 b 1"}, {"LSB_DJOB_HOSTFILE", "/f"}}, "a\na\nb\n"},
        {{{"LOADL_STEP_ID", "s.5.0"}, {"LOADL_PROCESSOR_LIST", "a b b"}}, ""},
        {{{"K_MPI_JOB_ROLE", "launcher"}, {"HYDRA_HOST_FILE", "/f"}}, "a:2\nb:2\n"},
        {{{"FLUX_URI", "local:///x"}},
         R"({"execution": {"R_lite": [{"rank": "0-1", "children": {"core": "0-3"}}], "nodelist": ["n[1-2]"]}})"}};
    std::mt19937 random(6);  // NOLINT: the same texts each time
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (int round = 0; round < 4000; ++round) {
        auto [variables, content] = jobs[random() % jobs.size()];
        for (auto& [name, value] : variables)
            if (random() % 4 == 0) value = random_text(random);
        if (random() % 2 == 0) content.insert(random() % (content.size() + 1), random_text(random));
        const auto found = find_allocation(sources_of(variables, content));
        if (!found) {
            ++refused;
            CHECK_FALSE(found.error().sentence().empty());
        } else if (*found) {
            ++accepted;
            CHECK((*found)->hosts.size() <= mentions_max);
            for (const Host& host : (*found)->hosts) CHECK((!host.name.empty() && host.slots.value_or(1) > 0));
        }
    }
    CHECK(accepted > 1000);
    CHECK(refused > 1000);
}

TEST_CASE("sizes that no job has are refused") {
    // 4 MB of lines about one host are more slots than a job may have workers, and cost nothing else.
    std::string lines;
    for (int line = 0; line < 2'000'000; ++line) lines += "a\n";
    const Variables job{{"PBS_ENVIRONMENT", "PBS_BATCH"}, {"PBS_JOBID", "5.s"}, {"PBS_NODEFILE", "/f"}};
    const auto found = find_allocation(sources_of(job, lines));
    REQUIRE_FALSE(found);
    CHECK(found.error().sentence().starts_with(
        "find the hosts of PBS job 5.s: PBS_NODEFILE: gives a more than 1048576 slots; name the hosts with"));
}

}  // namespace
