// expect: scoop: a pointer or std::ref leads to memory of this process
#include <functional>
#include <scoop/scoop.hpp>
int main() {
    int local = 3;
#ifdef RIGHT
    return scoop::submit([](auto n) { return n + 1; }, local).get();
#else
    return scoop::submit([](auto n) { return n + 1; }, std::ref(local)).get();
#endif
}
