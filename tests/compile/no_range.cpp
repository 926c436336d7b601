// expect: scoop::map: at least one range is needed
#include <scoop/scoop.hpp>
int one(int) { return 1; }
int main() {
#ifdef RIGHT
    return scoop::map<one>(scoop::range(3)).collect().front();
#else
    return scoop::map<one>().collect().front();
#endif
}
