// Fuzzes the reader of journals: any bytes as the file, and any bytes behind a good header.
//
// What is taken for records must come out byte for byte when it is written again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "worker/journal_format.hpp"

using namespace scoop;

namespace {

void read_records(std::string_view file, std::size_t begin) {
    std::string again;
    const std::size_t end = worker::read_journal_records(file, begin, [&](const worker::JournalRecord& record) {
        worker::append_journal_record(again, record.key, file.substr(record.offset, record.size));
    });
    if (file.substr(begin, end - begin) != again) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto header = worker::read_journal_header(bytes); header && header->size != 0) {
        if (!bytes.starts_with(worker::encode_journal_header(header->owner))) std::abort();
        read_records(bytes, header->size);
    }
    read_records(bytes, 0);
    return 0;
}
