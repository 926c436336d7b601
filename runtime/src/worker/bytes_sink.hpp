// BytesSink: what archives write, on its way to other processes; and what came from there, for who decodes it. One
// thread.
#pragma once

#include <cstddef>

#include "protocol/bytes.hpp"
#include "scoop/detail/archive_core.hpp"
#include "scoop/detail/received_bytes.hpp"

namespace scoop::worker {

class BytesSink final : public detail::ByteSink {
public:
    explicit BytesSink(protocol::BytesWriter::Readers readers = protocol::BytesWriter::Readers::one)
        : writer_(readers) {}

    /// Throws SerializationError when it becomes more than may travel.
    void append(const char* bytes, std::size_t count) override;
    [[nodiscard]] std::size_t size() const override { return writer_.size(); }
    void shrink(std::size_t size) override { writer_.shrink(size); }
    [[nodiscard]] protocol::Bytes take() { return writer_.take(); }

private:
    protocol::BytesWriter writer_;
};

[[nodiscard]] detail::ReceivedBytes received(protocol::Bytes bytes);

}  // namespace scoop::worker
