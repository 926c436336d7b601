// expect: scoop: a function goes between the angle brackets
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
int main() {
#ifdef RIGHT
    return scoop::submit<twice>(1).get();
#else
    return scoop::submit(twice, 1).get();
#endif
}
