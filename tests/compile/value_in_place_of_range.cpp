// expect: scoop::map: every argument after the function must be a range, or scoop::fixed(value)
#include <scoop/scoop.hpp>
int main() {
    const auto add = [](int a, int b) { return a + b; };
#ifdef RIGHT
    return scoop::map(add, scoop::range(3), scoop::fixed(2)).collect().front();
#else
    return scoop::map(add, scoop::range(3), 2).collect().front();
#endif
}
