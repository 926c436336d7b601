// expect: scoop: the function of a reduction must return a value
#include <scoop/scoop.hpp>
#ifdef RIGHT
int look_at(int n) { return n; }
#else
void look_at(int) {}
#endif
int main() {
    scoop::map_reduce<look_at, [](int a, int b) { return a + b; }>(scoop::range(3));
}
