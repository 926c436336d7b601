// expect: scoop: this callable has state that cannot travel
#include <scoop/scoop.hpp>
int main() {
    int offset = 3;
    scoop::Group<int> group;
#ifdef RIGHT
    group.submit([](int n, int more) { return n + more; }, 1, offset);
#else
    group.submit([offset](int n) { return n + offset; }, 1);
#endif
}
