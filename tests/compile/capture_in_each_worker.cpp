// expect: scoop: this callable has state that cannot travel
#include <scoop/scoop.hpp>
int main() {
    int offset = 3;
#ifdef RIGHT
    return scoop::on_each_worker([](int n, int more) { return n + more; }, 1, offset).front();
#else
    return scoop::on_each_worker([offset](int n) { return n + offset; }, 1).front();
#endif
}
