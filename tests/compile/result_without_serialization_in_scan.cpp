// expect: scoop: the result of this task cannot be serialized
#include <scoop/scoop.hpp>
#ifdef RIGHT
using Number = double;
#else
using Number = long double;
#endif
Number half(int n) { return static_cast<Number>(n) / 2; }
Number add(Number a, Number b) { return a + b; }
int main() { return static_cast<int>(scoop::map_scan<half, add>(scoop::range(3)).back()); }
