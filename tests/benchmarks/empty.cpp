// W8: a program that does nothing; scripts/bench measures how long scoop-run takes to start and end it.
#include <scoop/scoop.hpp>

int main(int argc, char** argv) {
    return scoop::run(argc, argv, [] {});
}
