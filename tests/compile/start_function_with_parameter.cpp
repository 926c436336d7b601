// expect: scoop::on_worker_start: the function must be callable without arguments
#include <scoop/scoop.hpp>
#ifdef RIGHT
void prepare() {}
#else
void prepare(int) {}
#endif
int main() { scoop::on_worker_start<prepare>(); }
