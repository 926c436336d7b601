// expect: scoop: the operation of a reduction must be a lambda without captures
#include <scoop/scoop.hpp>
int main() {
    [[maybe_unused]] int offset = 3;
    const auto same = [](int n) { return n; };
#ifdef RIGHT
    return scoop::map_reduce(
        same, [](int a, int b) { return a + b; }, scoop::range(3));
#else
    return scoop::map_reduce(
        same, [offset](int a, int b) { return a + b + offset; }, scoop::range(3));
#endif
}
