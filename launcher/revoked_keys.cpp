#include "launcher/revoked_keys.hpp"

#include <sstream>
#include <string>

namespace scoop::launcher {

bool revokes_key(std::string_view known_hosts, std::string_view key) {
    std::istringstream lines{std::string(known_hosts)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string marker;
        std::string hosts;
        std::string kind;
        std::string found;
        if (words >> marker >> hosts >> kind >> found && marker == "@revoked" && found == key) return true;
    }
    return false;
}

}  // namespace scoop::launcher
