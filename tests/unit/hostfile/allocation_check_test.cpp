// Hosts that the user named, compared with those of the batch job.
#include "hostfile/allocation_check.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace scoop::hostfile;

Host host(const std::string& name, std::optional<std::uint32_t> slots = std::nullopt) {
    Host made;
    made.name = name;
    made.slots = slots;
    return made;
}

Allocation job_of(std::vector<Host> hosts) { return {"slurm", "Slurm job 8", "srun", std::move(hosts), "variables"}; }

TEST_CASE("a name means a host of the job in any case, with and without its domain, and by its address") {
    const Allocation job = job_of({host("node1", 4), host("node2.example.org", 2), host("10.0.0.3", 1)});
    const AddressesOfNames addresses{
        {"node1", {"10.0.0.1", "fd77::1"}}, {"alias", {"fd77::1"}}, {"other", {"10.0.0.9"}}};
    struct Row {
        const char* name;
        bool is_of_job;
    };
    for (const Row& row : std::vector<Row>{{"node1", true},
                                           {"NODE1", true},
                                           {"node1.", true},
                                           {"node1.example.org", true},
                                           {"node2", true},
                                           {"node2.example.org", true},
                                           {"node2.example.com", false},
                                           {"node", false},
                                           {"node11", false},
                                           {"alias", true},
                                           {"other", false},
                                           {"10.0.0.3", true},
                                           {"10.0.0.4", false},
                                           {"10", false}}) {
        CAPTURE(row.name);
        std::vector<Host> hosts{host(row.name)};
        CHECK(check_against(job, hosts, addresses).strangers.empty() == row.is_of_job);
    }
}

TEST_CASE("a short name that two hosts of the job have means neither") {
    const Allocation job = job_of({host("a.x.org", 4), host("a.y.org", 2)});
    std::vector<Host> hosts{host("a"), host("a.y.org")};
    CHECK(check_against(job, hosts, {}).strangers == std::vector<std::string>{"a"});
    CHECK(hosts[1].slots == 2);
}

TEST_CASE("a host without slots gets those of the job, within its own limit") {
    const Allocation job = job_of({host("a", 4), host("b", 6), host("c")});
    std::vector<Host> hosts{host("a"), host("b"), host("c"), host("d")};
    hosts[1].slots_max = 3;
    (void)check_against(job, hosts, {});
    CHECK(hosts[0].slots == 4);
    CHECK(hosts[1].slots == 3);
    CHECK(hosts[2].slots == std::nullopt);
    CHECK(hosts[3].slots == std::nullopt);
}

TEST_CASE("what does not belong to the job is told in one sentence") {
    const Allocation job = job_of({host("a", 4), host("b", 6)});
    std::vector<Host> hosts{host("a", 5), host("b", 6), host("c", 1)};
    const AllocationCheck check = check_against(job, hosts, {});
    CHECK(describe_check(check, job, "--hosts") ==
          "--hosts names hosts that Slurm job 8 does not have: c; and more than it has there: a: 5 slots instead of 4; "
          "--batch none ignores the job");
    CHECK(describe_check({{}, check.overfull}, job, "--hosts") ==
          "--hosts gives hosts more than Slurm job 8 has there: a: 5 slots instead of 4; --batch none ignores the job");
    CHECK(
        describe_check({{"1", "2", "3", "4", "5", "6", "7"}, {}}, job, "hosts.txt") ==
        "hosts.txt names hosts that Slurm job 8 does not have: 1, 2, 3, 4, 5 and 2 more; --batch none ignores the job");
    CHECK(describe_check({}, job, "--hosts").empty());
}

}  // namespace
