// expect: scoop: the number of arguments does not match the function's parameters
#include <scoop/scoop.hpp>
struct Scaled {
    int factor;
    int operator()(int n) const { return factor * n; }
};
int main() {
#ifdef RIGHT
    return scoop::submit(Scaled{2}, 1).get();
#else
    return scoop::submit(Scaled{2}, 1, 2).get();
#endif
}
