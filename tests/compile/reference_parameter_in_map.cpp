// expect: scoop: a task's parameter must not be a non-const reference (T&)
#include <scoop/scoop.hpp>
#include <vector>
int main() {
    std::vector<int> numbers(3);
#ifdef RIGHT
    numbers = scoop::map([](int n) { return n + 1; }, numbers).collect();
#else
    scoop::map([](int& n) { ++n; }, numbers).collect();
#endif
}
