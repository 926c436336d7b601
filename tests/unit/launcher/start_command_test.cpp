// What starts a node: fixed texts for the shells, and lines that they read.
#include "launcher/start_command.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::launcher;

TEST_CASE("nothing of the user's stands in the command of a remote shell") {
    const std::string hostile = "/a'b\"c$(id)`id`\\!;{arch}";
    const RemoteStart start = make_remote_start({hostile, "echo 'set-up'; $HOME"}, "/dir'$x");
    CHECK(start.command == make_remote_start({"/other/{arch}", "x"}, ".").command);
    CHECK(start.first_input == "/dir'$x\n/a'b\"c$(id)`id`\\!;\n\necho 'set-up'; $HOME\n");
}

TEST_CASE("the command is one quoted word that csh and fish read as sh does") {
    for (const NodeStart& node : std::vector<NodeStart>{{"/a", ""},
                                                        {"/a.{arch}", ""},
                                                        {"/{arch}/a.{arch}", "true"},
                                                        {"/a", "", {}, false, "/lib64/ld-linux.so.2"},
                                                        {"/a", "true", {}, false, "/lib64/ld-linux.so.2"},
                                                        {"/a.{arch}", "true", {true, {"/b'c"}, "/tmp"}}}) {
        const std::string command = make_remote_start(node, ".").command;
        CAPTURE(command);
        const std::string head = "exec sh -c '";
        REQUIRE(command.starts_with(head));
        CHECK(command.find_first_of("'!\n", head.size()) == command.size() - 1);
    }
}

TEST_CASE("a loader is asked before the program is started, with a set-up after that") {
    const std::string plain = make_remote_start({"/a", "", {}, false, "/lib64/ld-linux.so.2"}, ".").command;
    const auto list = plain.find("LD_TRACE_LOADED_OBJECTS=1 /lib64/ld-linux.so.2 \"$program\"");
    REQUIRE(list != std::string::npos);
    CHECK(list < plain.find("exec \"$program\""));
    const std::string with_setup = make_remote_start({"/a", "true", {}, false, "/lib64/ld-linux.so.2"}, ".").command;
    CHECK(with_setup.find("/lib64/ld-linux.so.2 \\\"\\$1\\\"") != std::string::npos);
}

TEST_CASE("without a set-up and an architecture only two lines are read") {
    const RemoteStart start = make_remote_start({"/bin/app", ""}, "/home/ada");
    CHECK(start.first_input == "/home/ada\n/bin/app\n");
    CHECK(start.command.find("setup") == std::string::npos);
    CHECK(start.command.find("uname") == std::string::npos);
}

TEST_CASE("a script is one line, with paths and set-up quoted for sh") {
    const std::string script = make_script({"/a'b/{arch}$c", "echo 'it'"}, "/d e");
    CHECK(script.starts_with(R"(directory='/d e' p0='/a'\''b/' p1='$c' setup='echo '\''it'\'''; )"
                             "echo scoop-shell-ready && "));
    CHECK(script.find('\n') == script.size() - 1);
}

TEST_CASE("a host that gets files reads one line, whatever is in the paths") {
    const NodeStart node{"/a'b/{arch}/app.{arch}", "echo 'it'", {true, {"/x/$y"}, "/big'disk"}};
    const RemoteStart start = make_remote_start(node, "/d e");
    CHECK(start.command == make_remote_start({"/other", "", {false, {"/z"}, ""}}, ".").command);
    CHECK(start.first_input.find('\n') == start.first_input.size() - 1);
    // Only the name of the program counts there.
    CHECK(start.first_input.starts_with(R"(directory='/d e' p0='app.' p1='' setup='echo '\''it'\'''; )"
                                        R"(TMPDIR='/big'\''disk'; )"));
    CHECK(start.first_input.find("program=\"$stage/$p0$(uname -m)$p1\"") != std::string::npos);
}

TEST_CASE("the loader is told of the directory only when a library is in it") {
    const auto script = [](const std::string& file) { return make_script({"/app", "", {false, {file}, ""}}, "."); };
    for (const char* file : {"/x/libm.so", "/x/libm.so.6"})
        CHECK(script(file).find("LD_LIBRARY_PATH") != std::string::npos);
    for (const char* file : {"/x/data", "/x/a.sorted", "/lib.so.d/a"})
        CHECK(script(file).find("LD_LIBRARY_PATH") == std::string::npos);
}

TEST_CASE("every {arch} is replaced") {
    CHECK(with_architecture("/opt/{arch}/app.{arch}", "s390x") == "/opt/s390x/app.s390x");
    CHECK(with_architecture("{arch}", "s390x") == "s390x");
    CHECK(with_architecture("/{arc}/{}", "s390x") == "/{arc}/{}");
}

TEST_CASE("a local node is started directly, with a set-up through a shell") {
    CHECK(make_local_start({"/app.{arch}", ""}, "x86_64", "/bin/bash") == std::vector<std::string>{"/app.x86_64"});
    const auto words = make_local_start({"/app $x", "echo $y"}, "x86_64", "/bin/bash");
    REQUIRE(words.size() == 6);
    CHECK(words[0] == "/bin/bash");
    CHECK(words[4] == "/app $x");
    CHECK(words[5] == "echo $y");
}

TEST_CASE("a set-up on this machine is for the user's shell if that is one") {
    CHECK(local_setup_shell("/usr/bin/zsh", "/bin/bash") == "/usr/bin/zsh");
    CHECK(local_setup_shell("/bin/tcsh", "/bin/bash") == "/bin/bash");
    CHECK(local_setup_shell("/bin/fish", std::nullopt) == "/bin/sh");
    CHECK(local_setup_shell("", std::nullopt) == "/bin/sh");
}

}  // namespace
