#include "base/token.hpp"

#include <sys/random.h>

namespace scoop::base {

Result<std::string> make_token() {
    unsigned char bytes[token_size / 2];
    if (::getrandom(bytes, sizeof bytes, 0) != static_cast<ssize_t>(sizeof bytes))
        return system_failure("make a random token");
    std::string token;
    for (const auto byte : bytes) {
        token += static_cast<char>('a' + (byte >> 4));
        token += static_cast<char>('a' + (byte & 15));
    }
    return token;
}

}  // namespace scoop::base
