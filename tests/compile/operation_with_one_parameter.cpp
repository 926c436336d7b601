// expect: scoop: the operation must be callable as R(R, R) or as void(R&, R&&)
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
int main() {
#ifdef RIGHT
    return scoop::map_scan<twice, [](int a, int b) { return a + b; }>(scoop::range(3)).back();
#else
    return scoop::map_scan<twice, [](int a) { return a; }>(scoop::range(3)).back();
#endif
}
