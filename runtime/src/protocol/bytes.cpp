#include "protocol/bytes.hpp"

#include "protocol/limits.hpp"

namespace scoop::protocol {

std::string Bytes::take_string() && { return shared_ != nullptr ? std::string(view()) : std::move(text_); }

Bytes shared_by_many(Bytes bytes) {
    if (bytes.size() < shared_size_min || (bytes.shared() != nullptr && bytes.shared()->is_for_many())) return bytes;
    BytesWriter writer(BytesWriter::Readers::many);
    writer.append(bytes.view().data(), bytes.size());
    return writer.take();
}

void BytesWriter::append(const char* bytes, std::size_t count) {
    const std::size_t size = text_.size() + count;
    if (shared_ == nullptr && size >= shared_size_min && !must_stay_string_) {
        shared_ = base::SharedBytes::try_make(size, readers_);
        must_stay_string_ = shared_ == nullptr;
        if (shared_ != nullptr) {
            shared_->append(text_.data(), text_.size());
            text_ = {};
        }
    }
    if (shared_ != nullptr)
        shared_->append(bytes, count);
    else
        text_.append(bytes, count);
}

void BytesWriter::shrink(std::size_t size) {
    if (shared_ != nullptr)
        shared_->shrink(size);
    else
        text_.resize(size);
}

Bytes BytesWriter::take() {
    if (shared_ == nullptr) return Bytes(std::exchange(text_, {}));
    return Bytes(std::exchange(shared_, nullptr));
}

}  // namespace scoop::protocol
