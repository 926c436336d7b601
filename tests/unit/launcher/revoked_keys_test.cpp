// Keys that known_hosts marks as revoked.
#include "launcher/revoked_keys.hpp"

#include <doctest/doctest.h>

using namespace scoop::launcher;

TEST_CASE("a key is revoked by a line with that marker, for whichever hosts, and by no other") {
    CHECK(revokes_key("n1 ssh-rsa AAA=\n@revoked * ssh-rsa AAA= of ada\n", "AAA="));
    CHECK(revokes_key("  @revoked\t|1|x|y ssh-rsa  AAA=", "AAA="));
    for (const char* text : {"", "n1 ssh-rsa AAA=", "@cert-authority * ssh-rsa AAA=", "@revoked * ssh-rsa BBB= AAA=",
                             "@revoked * ssh-rsa", "#@revoked * ssh-rsa AAA=", "@revoked AAA= AAA= BBB="})
        CHECK_FALSE(revokes_key(text, "AAA="));
}
