// expect in a note: // f has overloads: scoop::overload<R(A…)>(f)
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
double twice(double n) { return 2 * n; }
int main() {
#ifdef RIGHT
    return scoop::map<scoop::overload<int(int)>(twice)>(scoop::range(3)).collect().front();
#else
    return scoop::map<twice>(scoop::range(3)).collect().front();
#endif
}
