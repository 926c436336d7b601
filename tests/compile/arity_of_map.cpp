// expect: scoop: the number of arguments does not match the function's parameters
#include <scoop/scoop.hpp>
int add(int a, int b) { return a + b; }
int main() {
#ifdef RIGHT
    return scoop::map<add>(scoop::range(3), scoop::fixed(1)).collect().front();
#else
    return scoop::map<add>(scoop::range(3)).collect().front();
#endif
}
