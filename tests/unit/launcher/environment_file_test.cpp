// The variables in a file of --env-file.
#include "launcher/environment_file.hpp"

#include <doctest/doctest.h>

using scoop::launcher::parse_environment_file;
using Texts = std::vector<std::string>;

TEST_CASE("each line is a request of -x") {
    CHECK(parse_environment_file("f", "A=1\n\n# B=2\n  C= x \"y\" # z \nPATH\r\nOMP_*\n\t\nEMPTY=") ==
          Texts{"A=1", "C= x \"y\" # z ", "PATH", "OMP_*", "EMPTY="});
    CHECK(parse_environment_file("f", "") == Texts{});
}

TEST_CASE("a line that is none is refused with its place") {
    const auto sentence = [](std::string_view text) {
        return parse_environment_file("my.env", text).error().sentence();
    };
    CHECK(sentence("A=1\n=2\n") ==
          "read the variables in my.env:2: =2: expected the name of a variable, as in -x OMP_NUM_THREADS or -x "
          "OMP_NUM_THREADS=2");
    CHECK(sentence("\n\nSCOOP_ROLE=node")
              .starts_with("read the variables in my.env:3: SCOOP_ROLE=node: expected another"));
    CHECK(sentence("export A=1")
              .ends_with("my.env:1: export A=1: expected NAME=VALUE, without `export` and spaces before the \"=\""));
    CHECK(sentence("A =1").find("my.env:1: A =1: expected NAME=VALUE") != std::string::npos);
    CHECK(sentence(std::string_view("A=1\0", 4)).find("my.env:1:") != std::string::npos);
}
