// What the guardian learns from the node process.
#include "node/lifeline.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace scoop;

namespace {

struct Lifeline {
    Lifeline() : ends(base::make_socket_pair()), guardian(std::move(ends->first)) {}
    void say(const std::string& bytes) {
        REQUIRE(::write(ends->second.get(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
        guardian.read();
    }

    base::Result<base::FdPair> ends;
    node::GuardianLifeline guardian;
};

}  // namespace

TEST_CASE("the guardian takes a directory only when its whole path has come") {
    Lifeline lifeline;
    lifeline.guardian.read();
    CHECK(lifeline.guardian.directory().empty());
    lifeline.say("/tmp/scoop-");
    CHECK(lifeline.guardian.directory().empty());
    lifeline.say(std::string("a1b2c3\0", 7));
    CHECK(lifeline.guardian.directory() == "/tmp/scoop-a1b2c3");
}

TEST_CASE("after the node's end half a path is worth nothing, and there is nothing to poll") {
    Lifeline lifeline;
    lifeline.say("/tmp");
    CHECK(lifeline.guardian.fd() >= 0);
    lifeline.ends->second.reset();
    lifeline.guardian.read();
    CHECK(lifeline.guardian.fd() == -1);
    CHECK(lifeline.guardian.directory().empty());
}
