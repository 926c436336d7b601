// What -x stands for.
#include "launcher/job_environment.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::launcher;

using Texts = std::vector<std::string>;

const Texts ours{"PATH=/bin", "OMP_NUM_THREADS=4", "OMP_PROC_BIND=close", "HOME=/home/ada", "SSH_CONNECTION=1 2 3 4",
                 "EMPTY=",    "ODD=a=b\nc",        "SCOOP_HOSTFILE=hosts"};

Texts variables(const Texts& requests) { return make_job_environment(requests, ours).variables; }

TEST_CASE("a name passes the variable on, with a value it is set") {
    CHECK(variables({"PATH"}) == Texts{"PATH=/bin"});
    CHECK(variables({"ODD", "EMPTY"}) == Texts{"ODD=a=b\nc", "EMPTY="});
    CHECK(variables({"NEW=x y=z", "NONE="}) == Texts{"NEW=x y=z", "NONE="});
    CHECK(variables({"HOME"}) == Texts{"HOME=/home/ada"});
}

TEST_CASE("a pattern passes on all that match") {
    CHECK(variables({"OMP_*"}) == Texts{"OMP_NUM_THREADS=4", "OMP_PROC_BIND=close"});
    CHECK(variables({"?ATH", "[E]MPTY"}) == Texts{"PATH=/bin", "EMPTY="});
}

TEST_CASE("a pattern leaves out what belongs to this session") {
    CHECK(variables({"*"}) == Texts{"PATH=/bin", "OMP_NUM_THREADS=4", "OMP_PROC_BIND=close", "EMPTY=", "ODD=a=b\nc"});
}

TEST_CASE("of several requests for a name the last counts") {
    CHECK(variables({"OMP_*", "OMP_NUM_THREADS=2"}) == Texts{"OMP_PROC_BIND=close", "OMP_NUM_THREADS=2"});
    CHECK(variables({"PATH=/a", "PATH=/b", "PATH"}) == Texts{"PATH=/bin"});
}

TEST_CASE("requests that match nothing are told") {
    const auto environment = make_job_environment({"MISSING", "NO_*", "PATH"}, ours);
    CHECK(environment.unmatched == Texts{"MISSING", "NO_*"});
    CHECK(environment.variables == Texts{"PATH=/bin"});
    CHECK(make_job_environment({"SSH_*"}, ours).unmatched == Texts{"SSH_*"});
}

TEST_CASE("what is said of one host comes on top") {
    CHECK(with_variables({"A=1", "B=2"}, {"C=3", "A=4"}) == Texts{"B=2", "C=3", "A=4"});
}

TEST_CASE("what cannot be the name of a variable is refused") {
    for (const char* good : {"A", "A=", "A==", "A=*", "OMP_*", "[A-C]?", "a.b-c"})
        CHECK(check_environment_request(good));
    CHECK(check_environment_request("").error().starts_with("expected the name of a variable"));
    CHECK(check_environment_request("=x").error().starts_with("expected the name of a variable"));
    CHECK(check_environment_request("OMP_*=3").error().starts_with("expected one name before"));
    CHECK(check_environment_request("SCOOP_ROLE=node").error().starts_with("expected another variable"));
}

}  // namespace
