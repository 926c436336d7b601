// expect: scoop::initial: the value cannot be converted to what the function returns
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
int add(int a, int b) { return a + b; }
int main() {
#ifdef RIGHT
    return scoop::map_reduce<twice, add>(scoop::initial(0), scoop::range(3));
#else
    return scoop::map_reduce<twice, add>(scoop::initial("0"), scoop::range(3));
#endif
}
