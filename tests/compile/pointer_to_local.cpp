// expect: scoop: a pointer or std::ref leads to memory of this process
#include <scoop/scoop.hpp>
#ifdef RIGHT
int twice(int n) { return 2 * n; }
#else
int twice(const int* n) { return 2 * *n; }
#endif
int main() {
    const int local = 3;
#ifdef RIGHT
    return scoop::submit<twice>(local).get();
#else
    return scoop::submit<twice>(&local).get();
#endif
}
