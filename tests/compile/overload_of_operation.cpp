// expect in a note: // f has overloads: scoop::overload<R(A…)>(f)
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
int add(int a, int b) { return a + b; }
double add(double a, double b) { return a + b; }
int main() {
#ifdef RIGHT
    return scoop::map_reduce<twice, scoop::overload<int(int, int)>(add)>(scoop::range(3));
#else
    return scoop::map_reduce<twice, add>(scoop::range(3));
#endif
}
