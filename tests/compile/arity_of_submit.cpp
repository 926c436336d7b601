// expect: scoop: the number of arguments does not match the function's parameters
#include <scoop/scoop.hpp>
int add(int a, int b = 0) { return a + b; }
int main() {
#ifdef RIGHT
    return scoop::submit<add>(1, 0).get();
#else
    return scoop::submit<add>(1).get();
#endif
}
