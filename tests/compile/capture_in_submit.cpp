// expect: scoop: this callable has state that cannot travel
#include <scoop/scoop.hpp>
int main() {
    int offset = 3;
#ifdef RIGHT
    auto future = scoop::submit([](int n, int more) { return n + more; }, 1, offset);
#else
    auto future = scoop::submit([offset](int n) { return n + offset; }, 1);
#endif
    return future.get();
}
