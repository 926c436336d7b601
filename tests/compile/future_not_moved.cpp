// expect: scoop: a future that is an argument is used up by it: write std::move(future)
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
int main() {
    auto first = scoop::submit<twice>(1);
#ifdef RIGHT
    return scoop::submit<twice>(std::move(first)).get();
#else
    return scoop::submit<twice>(first).get();
#endif
}
