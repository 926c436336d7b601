// What a child is told: its environment, its broker, and how its end reads. No process is started here.
#include "node/spawn.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>
#include <vector>

#include "base/wait_status.hpp"
#include "node/broker_setup.hpp"

using namespace scoop;
using Texts = std::vector<std::string>;

TEST_CASE("variables of the job are added to the host's own, the last of a name wins") {
    CHECK(node::environment_for_role("worker", {"PATH=/bin", "A=old", "AB=kept"}, {"A=new", "B=", "A=newest"}) ==
          Texts{"PATH=/bin", "AB=kept", "B=", "A=newest", "SCOOP_ROLE=worker"});
}

TEST_CASE("the role is set last: neither host nor job can choose it") {
    CHECK(node::environment_for_role("broker", {"SCOOP_ROLE=node"}, {"SCOOP_ROLE=root"}) == Texts{"SCOOP_ROLE=broker"});
}

TEST_CASE("the workers of a host share its CPUs among their threads, unless the user says otherwise") {
    CHECK(node::thread_limit({}, 8, 2) == "OMP_NUM_THREADS=4");
    CHECK(node::thread_limit({}, 8, 3) == "OMP_NUM_THREADS=2");
    CHECK(node::thread_limit({"OMP_NUM_THREADSX=3"}, 2, 8) == "OMP_NUM_THREADS=1");
    CHECK(node::thread_limit({}, 4, 0) == "OMP_NUM_THREADS=4");
    CHECK_FALSE(node::thread_limit({"A=1", "OMP_NUM_THREADS=3"}, 8, 2));
    CHECK_FALSE(node::thread_limit({"OMP_NUM_THREADS="}, 8, 2));
}

TEST_CASE("a wait status reads as a sentence") {
    CHECK(base::describe_wait_status(3 << 8) == "exited with status 3");
    CHECK(base::describe_wait_status(0) == "exited with status 0");
    CHECK(base::describe_wait_status(SIGKILL) == "was killed by signal 9 (Killed)");
    CHECK(base::describe_wait_status(SIGSEGV | 0x80) == "was killed by signal 11 (Segmentation fault)");
    CHECK(base::describe_wait_status(70) == "was killed by signal 70");
}

TEST_CASE("a host's broker knows its ranks by name and has the keys of the job") {
    control::JobDescription job;
    job.host = 1;
    job.hosts = {{"node1", {0}}, {"node2", {1, 5}}};
    job.keys = {"server", "public", "secret"};
    const auto config = node::make_broker_config(job, "/tmp/scoop-1", "tcp://10.0.0.1:4000");
    CHECK(config.peers == std::map<std::uint32_t, std::vector<base::Rank>>{{1, {1}}, {5, {5}}});
    CHECK(config.peer_names == std::map<std::uint32_t, std::string>{{1, "rank 1 on node2"}, {5, "rank 5 on node2"}});
    CHECK(config.ipc_endpoint == "ipc:///tmp/scoop-1/node-1");
    CHECK(config.upstream_endpoint == "tcp://10.0.0.1:4000");
    CHECK(config.upstream_keys.secret_key == "secret");
    CHECK(config.host == 1);
    CHECK_FALSE(config.bind_tcp);
    CHECK_FALSE(config.is_alone);
    CHECK(node::make_broker_config(job, "/tmp/scoop-1", "").is_alone);
    // The root broker asks for them behind the relay too.
    CHECK(node::make_broker_config(job, "/tmp/scoop-1", "ipc:///tmp/relay").upstream_keys.secret_key == "secret");
}
