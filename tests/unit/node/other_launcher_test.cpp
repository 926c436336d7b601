// What the variables of other launchers make of a process, and what the copies say to each other at the start.
#include "node/other_launcher.hpp"

#include <doctest/doctest.h>

#include <map>

#include "node/copies_talk.hpp"
#include "node/lifelines.hpp"
#include "node/rendezvous.hpp"
#include "protocol/start_text.hpp"

namespace {

using namespace scoop::node;
using Variables = std::map<std::string, std::string>;

// Nobody but PMIx may be asked, and only where the variables do not tell.
scoop::base::Result<std::optional<OtherLauncher>> find(const Variables& variables,
                                                       scoop::base::Result<std::uint32_t> pmix_size = 0) {
    const auto variable = [&](const char* name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found != variables.end() ? std::optional(found->second) : std::nullopt;
    };
    return find_other_launcher(variable, [&] {
        REQUIRE((!pmix_size || *pmix_size != 0));
        return pmix_size;
    });
}

OtherLauncher found(const Variables& variables, std::uint32_t pmix_size = 0) {
    const auto other = find(variables, pmix_size);
    REQUIRE(other);
    REQUIRE(other->has_value());
    return **other;
}

bool is_alone(const Variables& variables) {
    const auto other = find(variables);
    REQUIRE(other);
    return !other->has_value();
}

// As Slurm 22.05 sets them.
const Variables batch_script = {{"SLURM_JOB_ID", "7"}, {"SLURM_CLUSTER_NAME", "lab"}, {"SLURM_PROCID", "0"},
                                {"SLURM_NTASKS", "4"}, {"SLURM_NPROCS", "4"},         {"SLURM_LOCALID", "0"}};

Variables with(Variables variables, const Variables& more) {
    for (const auto& [name, value] : more) variables[name] = value;
    return variables;
}

const Variables step =
    with(batch_script, {{"SLURM_STEP_ID", "3"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_PROCID", "1"}});

}  // namespace

TEST_CASE("a program that is started by hand is alone") {
    CHECK(is_alone({}));
    CHECK(is_alone({{"PMI_SIZE", "4"}}));
    CHECK(is_alone({{"SLURM_STEP_ID", "0"}, {"SLURM_NTASKS", "4"}}));
}

TEST_CASE("the script of a batch job and the shells of salloc and srun are no copies") {
    CHECK(is_alone(batch_script));
    CHECK(is_alone(with(step, {{"SLURM_STEP_ID", "4294967291"}})));  // the batch script
    CHECK(is_alone(with(step, {{"SLURM_STEP_ID", "4294967290"}})));  // the interactive step
    CHECK(is_alone(with(step, {{"SLURM_PTY_PORT", "40001"}})));
    CHECK(is_alone(with(step, {{"SLURM_STEP_NUM_TASKS", "1"}, {"SLURM_PROCID", "0"}})));
}

TEST_CASE("a step of srun has its own number of tasks") {
    const auto other = found(step);
    CHECK(other.name == "srun");
    CHECK(other.rank == 1);
    CHECK(other.size == 2);
    CHECK(other.start == "lab-7-3");
    CHECK_FALSE(other.pmi_fd);
    CHECK(found(with(step, {{"SLURM_RESTART_COUNT", "2"}})).start == "lab-7-3-2");
    CHECK(found(with(step, {{"SLURM_CLUSTER_NAME", "../x y"}})).start == "___x_y-7-3");
}

TEST_CASE("what speaks PMI-1 tells its ranks so") {
    const Variables pmi = {{"PMI_RANK", "2"}, {"PMI_SIZE", "3"}, {"PMI_FD", "9"}};
    CHECK(found(pmi).name == "mpiexec");
    CHECK(found(pmi).pmi_fd == 9);
    CHECK(found(with(pmi, {{"FLUX_TASK_RANK", "2"}})).name == "flux run");
    CHECK(found(with(step, pmi)).name == "srun");
    CHECK(found(with(step, pmi)).rank == 2);
    CHECK_FALSE(found(with(step, {{"PMIX_NAMESPACE", "slurm.pmix.7.3"}, {"PMIX_RANK", "1"}})).pmi_fd);
}

TEST_CASE("what speaks PMIx is asked how many copies there are if no variable tells") {
    const Variables prterun = {{"PMIX_NAMESPACE", "prterun-node1-99@1"}, {"PMIX_RANK", "2"}};
    const auto other = found(prterun, 3);
    CHECK(other.name == "prterun");
    CHECK(other.rank == 2);
    CHECK(other.size == 3);
    CHECK(other.has_pmix);
    CHECK(other.start == "prterun-node1-99_1");
    CHECK(found(with(prterun, {{"PMIX_NAMESPACE", "77@0"}}), 3).name == "mpiexec");
    CHECK(found(with(step, prterun), 3).name == "prterun");  // its daemons are started by srun

    const auto alone = find(with(prterun, {{"PMIX_RANK", "0"}}), 1);
    REQUIRE(alone);
    CHECK_FALSE(alone->has_value());
    const auto outside = find(prterun, 2);
    REQUIRE_FALSE(outside);
    CHECK(outside.error().sentence() ==
          "find this copy's place among those that prterun has started: PMIX_RANK is \"2\" and PMIx says that there "
          "are 2; SCOOP_LAUNCHER=none makes each copy a job of one");
    const auto silent = find(prterun, scoop::base::failure("ask", "nothing is there", "install it"));
    REQUIRE_FALSE(silent);
    CHECK(silent.error().sentence() ==
          "find this copy's place among those that prterun has started: ask: nothing is there; install it; "
          "SCOOP_LAUNCHER=none makes each copy a job of one");
}

TEST_CASE("PMIx is of use where its ranks are those of the launcher") {
    const Variables openmpi = {{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}, {"PMIX_NAMESPACE", "77"}};
    CHECK_FALSE(found(openmpi).has_pmix);
    CHECK(found(with(openmpi, {{"PMIX_RANK", "1"}})).has_pmix);
    CHECK_FALSE(found(with(openmpi, {{"PMIX_RANK", "0"}})).has_pmix);
    CHECK(found(with(step, {{"PMIX_NAMESPACE", "slurm.pmix.7.3"}, {"PMIX_RANK", "1"}})).has_pmix);
}

TEST_CASE("mpirun inside a step of srun counts, and not the step") {
    const auto other = found(with(step, {{"OMPI_COMM_WORLD_RANK", "5"}, {"OMPI_COMM_WORLD_SIZE", "6"}}));
    CHECK(other.name == "mpirun");
    CHECK(other.rank == 5);
    CHECK(other.size == 6);
}

TEST_CASE("the user may ask nobody, and may wait longer") {
    CHECK(is_alone(with(step, {{"SCOOP_LAUNCHER", "none"}})));
    CHECK(found(with(step, {{"SCOOP_LAUNCHER", "auto"}})).rank == 1);
    CHECK(found(with(step, {{"SCOOP_START_TIMEOUT", "300"}})).start_timeout == std::chrono::seconds(300));
    CHECK(found(step).start_timeout == std::chrono::seconds(30));
}

TEST_CASE("what does not fit together is refused by name") {
    const auto sentence = [](const Variables& variables) {
        const auto other = find(variables);
        REQUIRE_FALSE(other);
        return other.error().sentence();
    };
    CHECK(sentence({{"OMPI_COMM_WORLD_RANK", "4"}, {"OMPI_COMM_WORLD_SIZE", "4"}})
              .find("OMPI_COMM_WORLD_RANK is \"4\" and OMPI_COMM_WORLD_SIZE is \"4\"") != std::string::npos);
    CHECK(sentence({{"PMI_RANK", "x"}, {"PMI_SIZE", "4"}}).find("PMI_RANK is \"x\"") != std::string::npos);
    CHECK(sentence({{"OMPI_COMM_WORLD_RANK", "0"}}).find("OMPI_COMM_WORLD_SIZE is \"\"") != std::string::npos);
    CHECK(sentence(with(step, {{"SCOOP_LAUNCHER", "srun"}})).find("neither none nor auto") != std::string::npos);
    CHECK(sentence(with(step, {{"SCOOP_START_TIMEOUT", "0"}})).find("not a number of seconds") != std::string::npos);
}

TEST_CASE("the text of rank 0 comes back from where it was told, and fits") {
    scoop::protocol::StartText start;
    start.port = 4711;
    start.keys = {std::string(40, 'a'), std::string(39, '%') + ",", std::string(39, ':') + " "};
    for (int k = 0; k < 60; ++k) start.addresses.push_back("[fd00:1234:5678:9abc::" + std::to_string(k) + "]");
    const std::string text = to_text(start);
    CHECK(text.size() <= scoop::protocol::start_text_max);
    CHECK(text.find_first_of(" \n=%") == std::string::npos);
    const auto read = scoop::protocol::parse_start_text(text);
    REQUIRE(read);
    CHECK(read->port == 4711);
    CHECK(read->keys.server_public == start.keys.server_public);
    CHECK(read->keys.public_key == start.keys.public_key);
    CHECK(read->keys.secret_key == start.keys.secret_key);
    REQUIRE(read->addresses.size() > 10);
    for (std::size_t k = 0; k < read->addresses.size(); ++k) CHECK(read->addresses[k] == start.addresses[k]);
    for (std::size_t size = 0; size < 253; ++size) CHECK_FALSE(scoop::protocol::parse_start_text(text.substr(0, size)));
    CHECK_FALSE(scoop::protocol::parse_start_text("scoop2" + text.substr(6)));
}

TEST_CASE("the text of a call comes back, with its token whole") {
    scoop::protocol::CallText call;
    call.start.port = 4711;
    call.start.keys = {std::string(40, 'a'), std::string(40, 'b'), std::string(40, 'c')};
    call.start.addresses = {"10.0.0.1"};
    call.token = std::string(32, 'k');
    const std::string text = to_text(call);
    const auto read = scoop::protocol::parse_call_text(text);
    REQUIRE(read);
    CHECK(read->token == call.token);
    CHECK(read->start.addresses == call.start.addresses);
    CHECK(read->start.keys.secret_key == call.start.keys.secret_key);
    for (std::size_t size = 0; size < text.size(); ++size)
        CHECK_FALSE(scoop::protocol::parse_call_text(text.substr(0, size)));
    CHECK_FALSE(scoop::protocol::parse_call_text(text + "k"));
}

TEST_CASE("what copies say comes back as it was, and nothing else is read") {
    CopyHello hello;
    hello.rank = 7;
    hello.place = "node2 1234-5678 9:10";
    hello.node.host_name = "node2";
    const auto read = parse_copy_hello(to_message(hello));
    REQUIRE(read);
    CHECK(read->rank == 7);
    CHECK(read->place == hello.place);
    CHECK(read->node.host_name == "node2");

    CopyConfig config;
    config.worker.rank = 7;
    config.worker.hosts = {{"node2", {7}}};
    config.worker.broker_endpoint = "ipc:///tmp/x";
    config.lifeline_port = 65535;
    config.lifeline_token = "abc";
    const std::string message = to_message(config);
    const auto read_config = parse_copy_config(message);
    REQUIRE(read_config);
    CHECK(read_config->worker.rank == 7);
    CHECK(read_config->lifeline_port == 65535);
    CHECK(read_config->lifeline_token == "abc");
    CHECK_FALSE(parse_copy_config(to_message(hello)));
    CHECK_FALSE(parse_copy_hello(message));
    for (std::size_t size = 0; size < message.size(); ++size) CHECK_FALSE(parse_copy_config(message.substr(0, size)));
}

TEST_CASE("ranks are listed as far as anybody reads") {
    CHECK(list_ranks({3}) == "rank 3");
    CHECK(list_ranks({3, 5}) == "ranks 3, 5");
    CHECK(list_ranks({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) == "ranks 1, 2, 3, 4, 5, 6, 7, 8 and 2 more");
}
