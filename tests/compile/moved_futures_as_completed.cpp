// expect in a note: // futures in a variable, which outlives the loop
#include <utility>
#include <vector>

int twice(int n) { return 2 * n; }

int program() {
    std::vector<scoop::Future<int>> futures;
    futures.push_back(scoop::submit<twice>(1));
    int sum = 0;
#ifdef RIGHT
    for (auto& future : scoop::as_completed(futures)) sum += future.get();
#else
    for (auto& future : scoop::as_completed(std::move(futures))) sum += future.get();
#endif
    return sum;
}
