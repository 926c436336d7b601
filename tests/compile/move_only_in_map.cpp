// expect: scoop::map: the function's parameters must be of types that can be copied
#include <memory>
#include <scoop/scoop.hpp>
#include <vector>
int value_of(std::unique_ptr<int> number) { return *number; }
int main() {
    std::vector<std::unique_ptr<int>> numbers;
    numbers.push_back(std::make_unique<int>(3));
#ifdef RIGHT
    return scoop::submit<value_of>(std::move(numbers.front())).get();
#else
    return scoop::map<value_of>(numbers).collect().front();
#endif
}
