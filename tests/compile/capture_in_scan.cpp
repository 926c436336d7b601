// expect: scoop: this callable has state that cannot travel
#include <scoop/scoop.hpp>
int main() {
    int offset = 3;
    const auto add = [](int a, int b) { return a + b; };
#ifdef RIGHT
    return scoop::map_scan([](int n, int more) { return n + more; }, add, scoop::range(3), scoop::fixed(offset)).back();
#else
    return scoop::map_scan([&](int n) { return n + offset; }, add, scoop::range(3)).back();
#endif
}
