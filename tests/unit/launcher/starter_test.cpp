// Which command starts the node of another host.
#include "launcher/starter.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::launcher;
using Words = std::vector<std::string>;

SshTarget target(const std::string& host) {
    SshTarget target;
    target.host = host;
    return target;
}

Words command(const Launcher& launcher, const SshTarget& target) {
    return starter_command(launcher, target, "ada", {}).words;
}

std::string refusal(const std::string& value) {
    const auto launcher = parse_launcher(value);
    return launcher ? "accepted" : launcher.error();
}

}  // namespace

TEST_CASE("the user's own command gets the host, the user and the port, and /bin/sh at its end") {
    const auto launcher = parse_launcher("reach -l {user} -p{port} 'a  b' {host}.lan {host} {other}");
    REQUIRE(launcher);
    CHECK(launcher->is_users_own());
    CHECK_FALSE(launcher->is_libssh());
    SshTarget node = target("node1");
    CHECK(command(*launcher, node) ==
          Words{"reach", "-l", "ada", "-p22", "a  b", "node1.lan", "node1", "{other}", "/bin/sh"});
    node.user = "bob";
    node.port = 2222;
    CHECK(command(*launcher, node) ==
          Words{"reach", "-l", "bob", "-p2222", "a  b", "node1.lan", "node1", "{other}", "/bin/sh"});
}

TEST_CASE("what stands for a placeholder is not looked at again") {
    SshTarget node = target("{user}{host}");
    node.user = "{host}";
    CHECK(command(*parse_launcher("x {host} {user}"), node) == Words{"x", "{user}{host}", "{host}", "/bin/sh"});
}

TEST_CASE("openssh says only what the user said, and leaves the rest to ~/.ssh/config") {
    const Launcher openssh = *parse_launcher("openssh");
    const Words fixed{"ssh",
                      "-T",
                      "-x",
                      "-oBatchMode=yes",
                      "-oClearAllForwardings=yes",
                      "-oRemoteCommand=none",
                      "-oConnectTimeout=10"};
    Words expected = fixed;
    expected.insert(expected.end(), {"--", "node1", "/bin/sh"});
    CHECK(command(openssh, target("node1")) == expected);

    SshTarget node = target("-oProxyCommand=evil");
    node.user = "bob";
    node.port = 2222;
    node.config_file = "conf";
    node.identity_file = "key";
    node.accept_new_host_keys = true;
    expected = fixed;
    expected.insert(expected.end(), {"-oStrictHostKeyChecking=accept-new", "-F", "conf", "-i", "key", "-l", "bob", "-p",
                                     "2222", "--", "-oProxyCommand=evil", "/bin/sh"});
    CHECK(command(openssh, node) == expected);
}

TEST_CASE("ssh is libssh") { CHECK(parse_launcher("ssh")->is_libssh()); }

TEST_CASE("an unknown launcher is refused with those there are") {
    CHECK(refusal("telnet") ==
          "expected ssh, openssh, srun, qrsh, blaunch, pbs_tmrsh, pbsdsh, flux, or a command with {host} in it, as in "
          "'docker exec -i {host}'");
    CHECK(refusal("opensh").ends_with("; did you mean \"openssh\"?"));
    CHECK(refusal("docker exec -i").starts_with("expected ssh"));
    CHECK(refusal("").starts_with("expected ssh"));
    CHECK(refusal("{host}").starts_with("the first word must be the command"));
    CHECK(refusal("'' {host}").starts_with("the first word must be the command"));
    CHECK(refusal("\"x {host}") == "the quote \" is not closed");
}

TEST_CASE("srun takes nothing from other steps, by the way that its version knows") {
    Launcher srun = *parse_launcher("srun");
    CHECK(command(srun, target("n3")) == Words{"srun", "--unbuffered", "--nodes=1", "--ntasks=1", "--nodelist=n3",
                                               "--overlap", "--cpu-bind=none", "--mpi=none", "--kill-on-bad-exit=1",
                                               "/bin/sh"});
    srun.has_external_steps = true;
    CHECK(command(srun, target("n3"))[5] == "--external-launcher");
    for (const char* version : {"slurm 23.11.4\n", "slurm 24.05.0-rc1\n", "slurm 26.11\n", "slurm 23.11\n"})
        CHECK(has_external_steps(version));
    for (const char* version : {"slurm 22.05.8\n", "slurm 23.02.7\n", "slurm-wlm 24.05\n", "slurm 24", "slurm x.y", ""})
        CHECK_FALSE(has_external_steps(version));
}

TEST_CASE("srun is told the group of a heterogeneous job that a host is in") {
    const Words job{"SLURM_JOB_ID=7", "SLURM_HET_SIZE=2", "SLURM_JOB_NODELIST_HET_GROUP_0=n1",
                    "SLURM_JOB_NODELIST_HET_GROUP_1=n[2-4]"};
    const auto last_option = [&](const std::string& host) {
        const auto words = starter_command(*parse_launcher("srun"), target(host), "ada", job).words;
        return words[words.size() - 2];
    };
    CHECK(last_option("n1") == "--het-group=0");
    CHECK(last_option("n3") == "--het-group=1");
    CHECK(last_option("n5") == "--kill-on-bad-exit=1");
}

TEST_CASE("the starters of Grid Engine and LSF run a command on one host of the job, without a login shell") {
    CHECK(command(*parse_launcher("qrsh"), target("n3")) ==
          Words{"qrsh", "-inherit", "-noshell", "-V", "n3", "/bin/sh"});
    CHECK(command(*parse_launcher("blaunch"), target("n3")) == Words{"blaunch", "-no-shell", "n3", "/bin/sh"});
    CHECK_FALSE(check_job_around(*parse_launcher("qrsh"), {"JOB_ID=3"}));
    CHECK(check_job_around(*parse_launcher("qrsh"), {"JOB_ID=3", "PE_HOSTFILE=/spool/pe"}));
    CHECK_FALSE(check_job_around(*parse_launcher("blaunch"), {"SLURM_JOB_ID=3"}));
    CHECK(check_job_around(*parse_launcher("blaunch"), {"LSB_JOBID=3"}));
}

TEST_CASE("the starters of PBS and Flux, which give no channel, make the node call back") {
    const auto by_name = starter_command(*parse_launcher("pbs_tmrsh"), target("node2"), "ada", {});
    CHECK(by_name.words == Words{"pbs_tmrsh", "node2", "/bin/sh"});
    CHECK(by_name.call_back == CallBack::by_file);
    Launcher pbsdsh = *parse_launcher("pbsdsh");
    pbsdsh.numbered_hosts = {"node1", "node1", "node2"};
    CHECK(command(pbsdsh, target("node2")) == Words{"pbsdsh", "-n", "2", "--", "/bin/sh"});
    Launcher flux = *parse_launcher("flux");
    flux.numbered_hosts = {"node1", "node2.example.org"};
    CHECK(command(flux, target("node2")) == Words{"flux", "exec", "--rank=1", "/bin/sh"});
    CHECK(starter_command(flux, target("node2"), "ada", {}).call_back == CallBack::by_input);
    CHECK(calls_back(flux));
    CHECK_FALSE(calls_back(*parse_launcher("srun")));
    CHECK_FALSE(calls_back(*parse_launcher("docker exec -i {host}")));
}

TEST_CASE("a host's own name comes before another one that is short for the same") {
    Launcher flux = *parse_launcher("flux");
    flux.numbered_hosts = {"node1.a", "node1.b", "node10"};
    CHECK(number_of_host(flux, "node1.b") == 1);
    CHECK(number_of_host(flux, "node1") == 0);
    CHECK(number_of_host(flux, "node10.a") == 2);
    CHECK_FALSE(number_of_host(flux, "node"));
    CHECK(command(flux, target("node"))[2] == "--rank=node");
}

TEST_CASE("srun does not see what Slurm tells the job's own tasks") {
    const Words kept{"PATH=/bin", "SLURM_JOB_ID=7", "SLURM_CONF=/etc/s", "SLURM_ARRAY_TASK_ID=3",
                     "SLURM_SUBMIT_DIR=/d"};
    Words environment = kept;
    for (const char* name :
         {"SLURM_MEM_PER_CPU", "SLURM_CPU_BIND", "SLURM_EXACT", "SLURM_NTASKS", "SLURM_NTASKS_PER_NODE", "SLURM_NNODES",
          "SLURM_JOB_NODELIST", "SLURM_EXPORT_ENV", "SRUN_CPUS_PER_TASK"})
        environment.push_back(std::string(name) + "=1");
    CHECK(starter_command(*parse_launcher("srun"), target("n3"), "ada", environment).environment == kept);
    CHECK(starter_command(*parse_launcher("openssh"), target("n3"), "ada", environment).environment == environment);
}

TEST_CASE("srun is refused outside of a job, where it would ask for one") {
    CHECK(check_job_around(*parse_launcher("srun"), {"SLURM_JOB_ID=7"}));
    CHECK(check_job_around(*parse_launcher("openssh"), {}));
    const auto refused = check_job_around(*parse_launcher("srun"), {"SLURM_JOB_IDS=7", "PATH=/bin"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().sentence() ==
          "--launcher srun: there is no job around us: SLURM_JOB_ID is not set; "
          "run it in a script for sbatch, or in salloc");
}
