// expect: scoop: the number of arguments does not match the function's parameters
#include <scoop/scoop.hpp>
int add(int a, int b) { return a + b; }
int main() {
#ifdef RIGHT
    return scoop::map_reduce<add, add>(scoop::range(3), scoop::range(3));
#else
    return scoop::map_reduce<add, add>(scoop::range(3));
#endif
}
