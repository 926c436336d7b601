// Fuzzes what reads the messages of other processes. Whatever the codec accepts comes out of it again byte for byte.
#include <string_view>

#include "fuzz.hpp"
#include "protocol/codec.hpp"

using namespace scoop;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto message = protocol::decode(bytes)) fuzz::require(protocol::encode(*message) == bytes);
    return 0;
}
