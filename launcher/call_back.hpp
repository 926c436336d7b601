// How a node gets a channel whose starter has none for it (launcher/call_session).
#pragma once

#include <cstdint>

namespace scoop::launcher {

enum class CallBack : std::uint8_t {
    none,      ///< it has one
    by_input,  ///< it calls back, and reads from its input where and with which key
    by_file,   ///< the same, from a file
};

}  // namespace scoop::launcher
