// What the public interface promises, as one program that the tests run as a job of one and under scoop-run with 1, 2
// and 4 workers: the answers must be the same everywhere.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "start_count.hpp"

int main(int argc, char** argv) {
    scoop::on_worker_start<note_start>();
    return scoop::run(argc, argv, [](int count, char** values) { return doctest::Context(count, values).run(); });
}
