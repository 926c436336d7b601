// expect: scoop: a future that is an argument is used up by it: write std::move(future)
#include <scoop/scoop.hpp>
#include <vector>
int twice(int n) { return 2 * n; }
int main() {
    std::vector<scoop::Future<int>> parts;
    parts.push_back(scoop::submit<twice>(1));
    const auto count = [](std::vector<int> values) { return static_cast<int>(values.size()); };
#ifdef RIGHT
    return scoop::submit(count, std::move(parts)).get();
#else
    return scoop::submit(count, parts).get();
#endif
}
