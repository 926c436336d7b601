// expect in a note: // f has overloads: scoop::overload<R(A…)>(f)
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
double twice(double n) { return 2 * n; }
int main() {
#ifdef RIGHT
    return scoop::Function<int(int)>::of<scoop::overload<int(int)>(twice)>()(3);
#else
    return scoop::Function<int(int)>::of<twice>()(3);
#endif
}
