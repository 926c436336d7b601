// expect in a note: // of one: future.wait()
int twice(int n) { return 2 * n; }

int program() {
    auto future = scoop::submit<twice>(1);
#ifdef RIGHT
    future.wait();
#else
    scoop::wait(future);
#endif
    return future.get();
}
