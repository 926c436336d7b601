// expect: scoop: the number of arguments does not match the function's parameters
#include <scoop/scoop.hpp>
int add(int a, int b) { return a + b; }
int main() {
#ifdef RIGHT
    return scoop::on_each_worker<add>(1, 2).front();
#else
    return scoop::on_each_worker<add>(1).front();
#endif
}
