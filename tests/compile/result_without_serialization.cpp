// expect: scoop: the result of this task cannot be serialized
#include <scoop/scoop.hpp>
#include <string>
#include <string_view>
#ifdef RIGHT
std::string name(int) { return "name"; }
#else
std::string_view name(int) { return "name"; }
#endif
int main() { return static_cast<int>(scoop::submit<name>(3).get().size()); }
