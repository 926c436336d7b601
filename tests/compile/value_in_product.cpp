// expect: scoop::product: every argument must be a range; scoop::fixed(value) stands beside the product
#include <vector>

int add(int a, int b, int c) { return a + b + c; }

int program() {
    const std::vector<int> numbers{1, 2};
#ifdef RIGHT
    auto sums = scoop::map<add>(scoop::product(numbers, numbers), scoop::fixed(3));
#else
    auto sums = scoop::map<add>(scoop::product(numbers, numbers, 3));
#endif
    return *sums.begin();
}
