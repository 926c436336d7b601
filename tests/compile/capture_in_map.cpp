// expect: scoop: this callable has state that cannot travel
#include <scoop/scoop.hpp>
struct Plus {
    int offset;
    int operator()(int n) const { return n + offset; }
};
int main() {
    int offset = 3;
#ifdef RIGHT
    auto results = scoop::map(Plus{offset}, scoop::range(3));
#else
    auto results = scoop::map([offset](int n) { return n + offset; }, scoop::range(3));
#endif
    for (int n : results) return n;
}
