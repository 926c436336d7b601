// expect: scoop: the function cannot be called with these arguments
#include <scoop/scoop.hpp>
int main() {
    const auto add = [](auto a, auto b) { return a + b; };
#ifdef RIGHT
    return scoop::submit(add, 1, 2).get();
#else
    return scoop::submit(add, 1).get();
#endif
}
