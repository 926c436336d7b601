// Which libraries a program needs, and which of them are missing.
#include "launcher/shared_libraries.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using namespace scoop::launcher;
using Names = std::vector<std::string>;

TEST_CASE("the loader's list names the files of libraries, and none for those that are missing") {
    const auto files = library_files(
        "\tlinux-vdso.so.1 (0x00007ffd0f5d2000)\n"
        "\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f1c)\n"
        "\tlibx.so.3 => /opt/x (64)/libx.so.3 (0x00007f1d)\n"
        "\tlibgone.so.2 => not found\n"
        "\t/lib64/ld-linux-x86-64.so.2 (0x00007f1e)\n"
        "=> \n");
    CHECK(files ==
          LibraryFiles{{"libz.so.1", "/lib/x86_64-linux-gnu/libz.so.1"}, {"libx.so.3", "/opt/x (64)/libx.so.3"}});
    CHECK(library_files("").empty());
}

TEST_CASE("what a host lacks is in its loader's list and in the words of a start, each library once") {
    CHECK(missing_libraries("\tlibx.so.3 => not found\n\tliby.so.1 => not found\n"
                            "/opt/app: error while loading shared libraries: libx.so.3: cannot open shared object "
                            "file: No such file or directory\n") == Names{"libx.so.3", "liby.so.1"});
    CHECK(missing_libraries("/opt/app: error while loading shared libraries: libx.so.3: cannot open\n") ==
          Names{"libx.so.3"});
    CHECK(missing_libraries("sh: 1: /lib64/ld: not found\n").empty());
}

TEST_CASE("a loader is only asked if it lists instead of running, and its path means nothing to a shell") {
    CHECK(list_missing_libraries("/lib64/ld-linux-x86-64.so.2", "\"$1\"")
              .starts_with("LD_TRACE_LOADED_OBJECTS=1 /lib64/ld-linux-x86-64.so.2 \"$1\" "));
    for (const char* loader : {"", "ld-linux.so", "/lib/ld-musl-x86_64.so.1", "/lib'/ld-linux.so", "/lib/ld-linux .so",
                               "/lib/ld-linux$(ld).so", "/lib/ld-linux\n.so"})
        CHECK(list_missing_libraries(loader, "\"$1\"").empty());
}

}  // namespace
