// Whatever dies, stands still or gets lost: the program has the right result, once, and nothing is left behind.
//
// SCOOP_SEED=17 runs the job of that seed alone and tells what happened; SCOOP_SEEDS=10000 runs so many.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include "fault_job.hpp"

using namespace scoop::simulation;

namespace {

FaultPlan plan_of(std::uint64_t seed) {
    std::mt19937_64 random(seed * 7919);
    FaultPlan plan;
    plan.seed = seed;
    plan.hosts = 1 + static_cast<std::uint32_t>(random() % 4);
    plan.workers_per_host = 1 + static_cast<std::uint32_t>(random() % 4);
    plan.workload = {
        .tasks = 1 + random() % 400, .branching = 1 + static_cast<std::uint32_t>(random() % 5), .seed = seed};
    plan.workload.task_time = std::chrono::microseconds(10 + random() % 5000);
    plan.workload.task_time_sigma = random() % 2 == 0 ? 0 : 1.5;
    plan.respawns = random() % 3 != 0;
    plan.faults = static_cast<std::uint32_t>(random() % 12);
    plan.fault_one_in = 1 + static_cast<std::uint32_t>(random() % 100);
    plan.bad_frames_of_100 = static_cast<std::uint32_t>(random() % 4 * 10);
    plan.copies = static_cast<std::uint32_t>(random() % 4 * 2);
    return plan;
}

Survived run(std::uint64_t seed) {
    const FaultPlan plan = plan_of(seed);
    const Survived survived = FaultJob(plan).run();  // throws if something is wrong
    CHECK(survived.result == Sum{plan.workload.tasks, Workload(plan.workload).sum_of_marks()});
    CHECK(survived.tasks_run >= plan.workload.tasks);
    return survived;
}

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void check_everything_struck(const FaultTally& tally) {
    for (const auto step : {Step::send, Step::receive, Step::acknowledgement})
        for (const auto moment : {Moment::before, Moment::after})
            for (std::size_t fault = 0; fault < fault_names.size(); ++fault) {
                CAPTURE(step_names[static_cast<std::size_t>(step)]);
                CAPTURE(moment_names[static_cast<std::size_t>(moment)]);
                CAPTURE(fault_names[fault]);
                CHECK(tally.count({step, moment}, static_cast<Fault>(fault)) > 0);
            }
}

}  // namespace

TEST_CASE("no task is lost, no result comes twice, nothing hangs, under any faults") {
    if (const auto seed = number_in("SCOOP_SEED", 0); seed != 0) {
        const Survived survived = run(seed);
        std::cout << "seed " << seed << ": " << survived.killed << " workers killed, " << survived.stopped
                  << " stopped, " << survived.hosts_lost << " hosts dead, " << survived.hosts_stopped << " stopped, "
                  << survived.frames_bad << " frames lost, doubled or late; " << survived.replaced
                  << " workers replaced, " << survived.copies << " second copies, " << survived.tasks_run
                  << " tasks run for " << survived.result.tasks << ", in "
                  << std::chrono::duration<double>(survived.ended).count() << " s\n";
        return;
    }
    Survived all;
    const auto seeds = number_in("SCOOP_SEEDS", 1000);
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        CAPTURE(seed);
        const Survived survived = run(seed);
        all.killed += survived.killed;
        all.stopped += survived.stopped;
        all.hosts_lost += survived.hosts_lost;
        all.hosts_stopped += survived.hosts_stopped;
        all.frames_bad += survived.frames_bad;
        all.replaced += survived.replaced;
        all.copies += survived.copies;
        all.tally.add(survived.tally);
    }
    // Else nothing was tried.
    CHECK(all.killed > 0);
    CHECK(all.stopped > 0);
    CHECK(all.hosts_lost > 0);
    CHECK(all.hosts_stopped > 0);
    CHECK(all.frames_bad > 0);
    CHECK(all.replaced > 0);
    CHECK(all.copies > 0);
    if (seeds >= 1000) check_everything_struck(all.tally);
    std::cout << all.tally;
    MESSAGE("killed ", all.killed, ", stopped ", all.stopped, ", hosts dead ", all.hosts_lost, ", hosts stopped ",
            all.hosts_stopped, ", frames bad ", all.frames_bad, ", replaced ", all.replaced, ", second copies ",
            all.copies);
}

TEST_CASE("a seed gives the same job again") {
    for (const std::uint64_t seed : {3, 14, 15, 92}) {
        CAPTURE(seed);
        const Survived first = run(seed);
        const Survived again = run(seed);
        CHECK(first.ended == again.ended);
        CHECK(first.tasks_run == again.tasks_run);
        CHECK(first.frames_bad == again.frames_bad);
    }
}
