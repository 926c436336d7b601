// expect in a note: // f has overloads: scoop::overload<R(A…)>(f)
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
double twice(double n) { return 2 * n; }
int main() {
#ifdef RIGHT
    return scoop::submit<scoop::overload<int(int)>(twice)>(1).get();
#else
    return scoop::submit<twice>(1).get();
#endif
}
