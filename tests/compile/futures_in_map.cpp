// expect: scoop: only scoop::submit waits for futures among its arguments
#include <scoop/scoop.hpp>
#include <vector>
int twice(int n) { return 2 * n; }
int main() {
    std::vector<scoop::Future<int>> parts;
    parts.push_back(scoop::submit<twice>(1));
#ifdef RIGHT
    std::vector<int> values;
    for (auto& part : parts) values.push_back(part.get());
    return scoop::map<twice>(values).collect().front();
#else
    return scoop::map<twice>(parts).collect().front();
#endif
}
