// Reads host lists, one a line, and prints for each the hosts it names, separated by blanks, each as often as it is
// named; "!" and the reason for a list that is refused. For differential_test.py.
#include <algorithm>
#include <iostream>
#include <string>

#include "hostfile/hostlist.hpp"

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) {
        const auto hosts = scoop::hostfile::parse_host_lists({line});
        if (!hosts) {
            std::string reason = hosts.error().sentence();
            std::replace(reason.begin(), reason.end(), '\n', ' ');
            std::cout << "! " << reason << '\n';
            continue;
        }
        std::string text;
        for (const auto& host : *hosts)
            for (std::uint32_t mention = 0; mention < host.slots.value_or(1); ++mention) text += host.name + " ";
        std::cout << text << '\n';
    }
    return 0;
}
