// Tasks and OpenMP in one program: threads of a parallel region submit and wait, and tasks have parallel regions of
// their own.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <scoop/scoop.hpp>
#include <vector>

namespace {

long square(long n) { return n * n; }

long sum_in_parallel(long n) {
    long sum = 0;
#pragma omp parallel for reduction(+ : sum) num_threads(3)
    for (long i = 0; i < n; ++i) sum += i;
    return sum;
}

}  // namespace

TEST_CASE("threads of a parallel region submit and wait") {
    std::vector<long> results(400);
#pragma omp parallel for num_threads(4)
    for (long i = 0; i < 400; ++i) results[i] = scoop::submit<square>(i).get();
    for (long i = 0; i < 400; ++i) REQUIRE(results[i] == i * i);
}

TEST_CASE("tasks have parallel regions of their own") {
    for (const long sum : scoop::map<sum_in_parallel>(std::vector<long>(50, 1000))) REQUIRE(sum == 499'500);
}

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [](int count, char** values) { return doctest::Context(count, values).run(); });
}
