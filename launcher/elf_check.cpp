#include "launcher/elf_check.hpp"

#include <elf.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace scoop::launcher {

namespace {

constexpr std::string_view note_owner = "scoop";
constexpr std::uint64_t segments_max = 1024;
constexpr std::uint64_t note_segment_size_max = 1u << 20;
constexpr std::uint64_t loader_size_max = 4096;

// Takes integers out of ELF structures of either byte order, by offset; beyond the end everything reads as zero.
class Fields {
public:
    Fields(std::string_view bytes, bool is_big_endian) : bytes_(bytes), is_big_endian_(is_big_endian) {}

    [[nodiscard]] std::uint64_t integer(std::uint64_t offset, std::size_t size) const {
        if (offset > bytes_.size() || size > bytes_.size() - offset) return 0;
        std::uint64_t value = 0;
        for (std::size_t k = 0; k < size; ++k) {
            const std::size_t at = offset + (is_big_endian_ ? k : size - 1 - k);
            value = value << 8 | static_cast<unsigned char>(bytes_[at]);
        }
        return value;
    }

private:
    std::string_view bytes_;
    bool is_big_endian_;
};

std::string architecture_name(std::uint64_t machine, bool is_64_bit, bool is_big_endian) {
    switch (machine) {
        case EM_386: return "i686";
        case EM_X86_64: return "x86_64";
        case EM_ARM: return "armv7l";
        case EM_AARCH64: return "aarch64";
        case EM_S390: return is_64_bit ? "s390x" : "s390";
        case EM_PPC64: return is_big_endian ? "ppc64" : "ppc64le";
        case EM_RISCV: return is_64_bit ? "riscv64" : "riscv32";
        default: return "ELF machine " + std::to_string(machine);
    }
}

constexpr std::uint64_t padded(std::uint64_t size) { return (size + 3) & ~std::uint64_t{3}; }

bool has_note_of_scoop(std::string_view notes, bool is_big_endian) {
    constexpr std::uint64_t head_size = 12;
    const Fields fields(notes, is_big_endian);
    for (std::uint64_t at = 0; at + head_size <= notes.size();) {
        const std::uint64_t name_size = fields.integer(at, 4);
        const std::uint64_t content_size = fields.integer(at + 4, 4);
        const std::string_view name = notes.substr(at + head_size, std::min<std::uint64_t>(name_size, notes.size()));
        // The owner's name counts its terminating zero.
        if (name_size == note_owner.size() + 1 && name.substr(0, note_owner.size()) == note_owner) return true;
        at += head_size + padded(name_size) + padded(content_size);
    }
    return false;
}

}  // namespace

FileFacts inspect_program_file(const ReadAt& read_at) {
    FileFacts facts;
    const std::string head = read_at(0, sizeof(Elf64_Ehdr));
    if (head.starts_with("#!")) facts.kind = FileKind::script;
    if (!head.starts_with(std::string_view(ELFMAG, SELFMAG)) || head.size() < sizeof(Elf32_Ehdr)) return facts;

    facts.kind = FileKind::elf;
    const bool is_64_bit = head[EI_CLASS] == ELFCLASS64;
    const bool is_big_endian = head[EI_DATA] == ELFDATA2MSB;
    const Fields header(head, is_big_endian);
    facts.architecture =
        architecture_name(header.integer(offsetof(Elf64_Ehdr, e_machine), 2), is_64_bit, is_big_endian);

    const std::uint64_t table =
        is_64_bit ? header.integer(offsetof(Elf64_Ehdr, e_phoff), 8) : header.integer(offsetof(Elf32_Ehdr, e_phoff), 4);
    const std::uint64_t entry_size = is_64_bit ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    const std::uint64_t entries = std::min(
        segments_max, header.integer(is_64_bit ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum), 2));
    const std::string segments = read_at(table, entries * entry_size);
    const Fields segment_fields(segments, is_big_endian);
    for (std::uint64_t k = 0; k < entries; ++k) {
        const std::uint64_t at = k * entry_size;
        const std::uint64_t type = segment_fields.integer(at, 4);
        const bool is_wanted = type == PT_INTERP || (type == PT_NOTE && !facts.has_scoop_note);
        if (!is_wanted) continue;
        const std::uint64_t offset = is_64_bit ? segment_fields.integer(at + offsetof(Elf64_Phdr, p_offset), 8)
                                               : segment_fields.integer(at + offsetof(Elf32_Phdr, p_offset), 4);
        const std::uint64_t size = is_64_bit ? segment_fields.integer(at + offsetof(Elf64_Phdr, p_filesz), 8)
                                             : segment_fields.integer(at + offsetof(Elf32_Phdr, p_filesz), 4);
        if (type == PT_INTERP) {
            const std::string path = read_at(offset, std::min(size, loader_size_max));
            facts.loader = path.substr(0, path.find('\0'));
            continue;
        }
        facts.has_scoop_note = has_note_of_scoop(read_at(offset, std::min(size, note_segment_size_max)), is_big_endian);
    }
    return facts;
}

}  // namespace scoop::launcher
