// expect: scoop: a pointer or std::ref leads to memory of this process
#include <array>
#include <scoop/scoop.hpp>
#ifdef RIGHT
using Table = std::array<int, 3>;
#else
using Table = int[3];
#endif
int look_up_in(int i, Table table) { return table[static_cast<unsigned>(i)]; }
int main() {
    Table table{};
    return scoop::map<look_up_in>(scoop::range(3), scoop::fixed(table)).collect().front();
}
