// expect: scoop: a pointer or std::ref leads to memory of this process
#include <functional>
#include <scoop/scoop.hpp>
int twice(const int& n) { return 2 * n; }
int main() {
    int local = 3;
#ifdef RIGHT
    return scoop::submit<twice>(local).get();
#else
    return scoop::submit<twice>(std::ref(local)).get();
#endif
}
