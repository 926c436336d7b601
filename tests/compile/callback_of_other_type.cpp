// expect: scoop: the callback of on_done is called with the future that is done
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
int main() {
    auto future = scoop::submit<twice>(3);
#ifdef RIGHT
    future.on_done([](auto& done) { (void)done.get(); });
#else
    future.on_done([](int) {});
#endif
}
