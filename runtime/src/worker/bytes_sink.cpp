#include "worker/bytes_sink.hpp"

#include <memory>
#include <string>
#include <utility>

#include "protocol/limits.hpp"
#include "scoop/error.hpp"

namespace scoop::worker {

namespace {

class BytesInSharedMemory final : public detail::KeptBytes {
public:
    explicit BytesInSharedMemory(protocol::Bytes bytes) : bytes_(std::move(bytes)) {}
    [[nodiscard]] std::string_view view() const override { return bytes_.view(); }

private:
    const protocol::Bytes bytes_;
};

}  // namespace

void BytesSink::append(const char* bytes, std::size_t count) {
    if (count > protocol::payload_size_max - writer_.size())
        throw SerializationError(
            "serialize: more than 4 GiB, the most that arguments, a result or a value may have; send "
            "it in parts");
    writer_.append(bytes, count);
}

detail::ReceivedBytes received(protocol::Bytes bytes) {
    if (bytes.shared() == nullptr) return detail::ReceivedBytes(std::move(bytes).take_string());
    return detail::ReceivedBytes(std::make_shared<const BytesInSharedMemory>(std::move(bytes)));
}

}  // namespace scoop::worker
