// expect: scoop: an argument cannot be converted to the type of the function's parameter
#include <scoop/scoop.hpp>
#include <string>
int twice(int n) { return 2 * n; }
int main() {
    const std::string text = "3";
#ifdef RIGHT
    return scoop::submit<twice>(std::stoi(text)).get();
#else
    return scoop::submit<twice>(text).get();
#endif
}
