// PosixChecksum: the checksum that cksum(1) prints, which every Unix has. Pure; one thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace scoop::launcher {

class PosixChecksum {
public:
    void add(std::string_view bytes);
    /// Of all that was added.
    [[nodiscard]] std::uint32_t value() const;

private:
    std::uint32_t state_ = 0;
    std::uint64_t size_ = 0;
};

}  // namespace scoop::launcher
