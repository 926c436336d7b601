// BrokerCore in whole jobs: every order of events in the smallest ones, random orders in larger ones.
#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "broker/broker_core.hpp"
#include "broker/fake_job.hpp"

using namespace scoop;
using namespace scoop::broker::test;

namespace {

/// Tries every order of events from here on, up to `budget` of them. Each must end with all tasks done.
void try_all_orders(const FakeJob& job, std::size_t& budget) {
    if (budget == 0) return;
    if (job.choice_count() == 0) {
        --budget;
        CHECK(job.is_complete());
        return;
    }
    for (std::size_t choice = 0; choice < job.choice_count(); ++choice) {
        FakeJob next = job;
        next.choose(choice);
        try_all_orders(next, budget);
    }
}

std::uint32_t below(std::uint32_t bound, std::mt19937& random) { return static_cast<std::uint32_t>(random() % bound); }

FakeJobPlan random_plan(std::mt19937& random) {
    FakeJobPlan plan;
    plan.hosts = 1 + below(4, random);
    plan.workers_per_host = 1 + below(4, random);
    if (plan.hosts * plan.workers_per_host == 1) plan.workers_per_host = 2;
    plan.tasks = 1 + below(30, random);
    plan.depth = below(4, random);
    plan.children = 1 + below(3, random);
    plan.request = 1 + below(4, random);
    plan.prefetches = below(2, random) == 1;
    plan.withdraws = below(2, random) == 1;
    return plan;
}

}  // namespace

TEST_CASE("in the smallest jobs no order of events leaves a task undone") {
    for (const bool withdraws : {true, false}) {
        for (const bool prefetches : {true, false}) {
            FakeJobPlan plan;
            plan.tasks = 2;
            plan.prefetches = prefetches;
            plan.withdraws = withdraws;
            std::size_t budget = 400;
            try_all_orders(FakeJob(plan), budget);
        }
    }
    FakeJobPlan two_hosts;
    two_hosts.hosts = 2;
    two_hosts.workers_per_host = 1;
    two_hosts.tasks = 1;
    std::size_t budget = 400;
    try_all_orders(FakeJob(two_hosts), budget);
}

TEST_CASE("in any job every task ends exactly once and nobody waits for ever") {
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const FakeJobPlan plan = random_plan(random);
        FakeJob job(plan);
        job.run(random);
        REQUIRE(job.is_complete());
        std::uint32_t expected = 0;
        for (std::uint32_t level = 0, count = plan.tasks; level <= plan.depth; ++level, count *= plan.children)
            expected += count;
        CHECK(job.tasks_started() == expected);
    }
}

TEST_CASE("while somebody is hungry no task waits behind a worker that is busy") {
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const FakeJobPlan plan = random_plan(random);
        FakeJob job(plan);
        const std::uint32_t workers = plan.hosts * plan.workers_per_host;
        std::vector<base::Rank> held;
        // The last rank is never held: it is hungry in the end, and everything that can move has moved to it.
        for (base::Rank rank = 1; rank + 1 < workers; ++rank) {
            for (auto steps = below(50, random); steps > 0 && job.choice_count() > 0; --steps)
                job.choose(below(static_cast<std::uint32_t>(job.choice_count()), random));
            if (below(2, random) == 0) continue;
            job.hold(rank);
            held.push_back(rank);
        }
        job.run(random);
        REQUIRE(job.tasks_idle() == 0);
        for (const auto rank : held) job.release(rank);
        job.run(random);
        REQUIRE(job.is_complete());
    }
}

TEST_CASE("whoever dies, the tasks of the living end and none of them twice") {
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        const FakeJobPlan plan = random_plan(random);
        FakeJob job(plan);
        const std::uint32_t workers = plan.hosts * plan.workers_per_host;
        for (std::uint32_t deaths = 0; deaths < 3; ++deaths) {
            for (auto steps = below(200, random); steps > 0 && job.choice_count() > 0; --steps)
                job.choose(random() % job.choice_count());
            // Rank 0 is the root and the last rank stays to do the work.
            if (workers < 3) continue;
            const base::Rank rank = 1 + below(workers - 2, random);
            const auto host = rank / plan.workers_per_host;
            const bool is_spare_host = host > 0 && host + 1 < plan.hosts;
            if (is_spare_host && below(2, random) == 1) {
                if (job.is_alive(rank)) job.kill_host(host, random);
            } else if (job.is_alive(rank)) {
                job.kill_worker(rank, random);
            }
        }
        job.run(random);
        REQUIRE(job.is_complete());
    }
}

TEST_CASE("a host works on its own tasks before it looks elsewhere") {
    std::mt19937 random(1);
    FakeJobPlan plan;
    plan.hosts = 4;
    plan.workers_per_host = 4;
    plan.tasks = 400;
    FakeJob job(plan);
    job.run(random);
    REQUIRE(job.is_complete());
    for (std::uint32_t host = 0; host < plan.hosts; ++host) CHECK(job.started_on_host(host) > 10);
}
