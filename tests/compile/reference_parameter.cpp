// expect: scoop: a task's parameter must not be a non-const reference (T&)
#include <scoop/scoop.hpp>
#include <vector>
#ifdef RIGHT
int add_up(const std::vector<int>& numbers) { return static_cast<int>(numbers.size()); }
#else
int add_up(std::vector<int>& numbers) { return static_cast<int>(numbers.size()); }
#endif
int main() {
    std::vector<int> numbers(3);
    return scoop::submit<add_up>(numbers).get();
}
