// print_start PROGRAM SETUP DIRECTORY: what an SSH session sends for these, as command, a zero byte, first input, and,
// behind another zero byte, the script that a starter's sh gets. For shells_test.py, which plays the host.
#include <iostream>
#include <string>

#include "launcher/start_command.hpp"

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const auto start = scoop::launcher::make_remote_start({argv[1], argv[2]}, argv[3]);
    std::cout << start.command << '\0' << start.first_input << '\0'
              << scoop::launcher::make_script({argv[1], argv[2]}, argv[3]);
    return 0;
}
