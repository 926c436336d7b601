// expect: scoop: TaskOptions are the first argument of submit, map and map_as_completed
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
int main() {
#ifdef RIGHT
    return scoop::on_each_worker<twice>(3)[0];
#else
    return scoop::on_each_worker<twice>(scoop::TaskOptions{.retries = 1}, 3)[0];
#endif
}
