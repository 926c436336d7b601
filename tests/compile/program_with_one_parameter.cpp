// expect: scoop::run: the program must be callable as int(int, char**), int() or void()
#include <scoop/scoop.hpp>
#ifdef RIGHT
int program() { return 0; }
#else
int program(int) { return 0; }
#endif
int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
