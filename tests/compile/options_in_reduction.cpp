// expect: scoop: TaskOptions are the first argument of submit, map and map_as_completed
#include <scoop/scoop.hpp>
int twice(int n) { return 2 * n; }
int add(int a, int b) { return a + b; }
int main() {
#ifdef RIGHT
    int sum = 0;
    for (const int y : scoop::map<twice>(scoop::TaskOptions{.retries = 1}, scoop::range(3))) sum += y;
    return sum;
#else
    return scoop::map_reduce<twice, add>(scoop::TaskOptions{.retries = 1}, scoop::range(3));
#endif
}
