// What must hold in every simulated job; no figure is asserted.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "sim_job.hpp"

using namespace scoop::simulation;

namespace {

JobPlan small_job(std::uint64_t seed) {
    JobPlan plan;
    plan.hosts = 1 + static_cast<std::uint32_t>(seed % 5);
    plan.workers_per_host = 1 + static_cast<std::uint32_t>(seed / 5 % 8);
    plan.workload = {.shape = seed % 2 == 0 ? Shape::tree : Shape::map, .tasks = 1 + seed * 397 % 4000, .seed = seed};
    plan.workload.branching = 1 + static_cast<std::uint32_t>(seed % 7);
    if (seed % 3 != 0) plan.workload.task_time_sigma = 1.5;
    if (seed % 4 == 0) plan.workload.task_time = std::chrono::microseconds(10);
    return plan;
}

}  // namespace

TEST_CASE("every task runs once, its result arrives, and nothing is left anywhere") {
    for (std::uint64_t seed = 1; seed <= 80; ++seed) {
        CAPTURE(seed);
        const JobPlan plan = small_job(seed);
        const Figures figures = SimJob(plan).run();  // throws if something is left or missing
        CHECK(figures.tasks_run == plan.workload.tasks);
        // The sum would not be right if one had run twice instead of another.
        CHECK(figures.sum_of_marks == Workload(plan.workload).sum_of_marks());
    }
}

TEST_CASE("the same seed gives the same job, another seed another") {
    const auto job = [](std::uint64_t seed) {
        JobPlan plan;
        plan.hosts = 4;
        plan.workers_per_host = 8;
        plan.workload = {.tasks = 20'000, .task_time_sigma = 1, .seed = seed};
        return SimJob(plan).run();
    };
    const Figures first = job(1);
    const Figures again = job(1);
    const Figures other = job(2);
    CHECK(first.seconds == again.seconds);
    CHECK(first.steals == again.steals);
    for (std::size_t way = 0; way < way_count; ++way) CHECK(first.traffic[way].bytes == again.traffic[way].bytes);
    CHECK(first.seconds != other.seconds);
}
