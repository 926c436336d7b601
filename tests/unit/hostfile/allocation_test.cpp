// Which batch job is found. What is read of each system is tested with whole environments, in tests/batch.
#include "hostfile/allocation.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace {

using namespace scoop;
using namespace scoop::hostfile;

JobSources sources_of(Variables variables) {
    return {std::move(variables), [](const std::string& path) -> base::Result<std::string> {
                return base::failure("read " + path, "no such file or directory");
            }};
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

TEST_CASE("whatever the variables say, the answer is a bounded number of hosts or a sentence") {
    // Of a recorded job some variables are spoilt, so that the others are looked at too.
    const std::vector<Variables> jobs{slurm_job};
    std::mt19937 random(6);  // NOLINT: the same texts each time
    std::size_t accepted = 0;
    std::size_t refused = 0;
    for (int round = 0; round < 4000; ++round) {
        Variables variables = jobs[random() % jobs.size()];
        for (auto& [name, value] : variables)
            if (random() % 2 == 0) value = random_text(random);
        const auto found = find_allocation(sources_of(variables));
        if (!found) {
            ++refused;
            CHECK_FALSE(found.error().sentence().empty());
        } else if (*found) {
            ++accepted;
            CHECK((*found)->hosts.size() <= mentions_max);
            for (const Host& host : (*found)->hosts) CHECK((!host.name.empty() && host.slots.value_or(0) > 0));
        }
    }
    CHECK(accepted > 100);
    CHECK(refused > 100);
}

}  // namespace
