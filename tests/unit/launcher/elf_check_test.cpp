// Telling from an executable file what it is.
#include "launcher/elf_check.hpp"

#include <elf.h>

#include <doctest/doctest.h>
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

namespace {

using namespace scoop::launcher;

FileFacts facts_of(const std::string& bytes) {
    return inspect_program_file([&](std::uint64_t offset, std::size_t size) {
        return offset < bytes.size() ? bytes.substr(offset, size) : std::string();
    });
}

std::string note(const std::string& owner, std::uint32_t type, std::string content) {
    std::string padded_owner = owner + '\0';
    const std::uint32_t head[] = {static_cast<std::uint32_t>(padded_owner.size()),
                                  static_cast<std::uint32_t>(content.size()), type};
    padded_owner.resize((padded_owner.size() + 3) & ~std::size_t{3});
    content.resize((content.size() + 3) & ~std::size_t{3});
    return std::string(reinterpret_cast<const char*>(head), sizeof head) + padded_owner + content;
}

// A little-endian 64-bit ELF file with one PT_LOAD and one PT_NOTE segment.
std::string elf_file(std::uint16_t machine, const std::string& notes) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_machine = machine;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 2;
    Elf64_Phdr segments[2]{};
    segments[0].p_type = PT_LOAD;
    segments[1].p_type = PT_NOTE;
    segments[1].p_offset = sizeof header + sizeof segments;
    segments[1].p_filesz = notes.size();
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
           std::string(reinterpret_cast<const char*>(segments), sizeof segments) + notes;
}

std::string swapped(std::string bytes, std::size_t offset, std::size_t size) {
    std::reverse(bytes.begin() + static_cast<long>(offset), bytes.begin() + static_cast<long>(offset + size));
    return bytes;
}

}  // namespace

TEST_CASE("a script is known by its first two characters") {
    CHECK(facts_of("#!/bin/sh\n").kind == FileKind::script);
    CHECK(facts_of("#!").kind == FileKind::script);
    CHECK(facts_of("# !/bin/sh\n").kind == FileKind::unknown);
    CHECK(facts_of("").kind == FileKind::unknown);
}

TEST_CASE("an ELF file tells its architecture") {
    CHECK(facts_of(elf_file(EM_X86_64, "")).kind == FileKind::elf);
    CHECK(facts_of(elf_file(EM_X86_64, "")).architecture == "x86_64");
    CHECK(facts_of(elf_file(EM_AARCH64, "")).architecture == "aarch64");
    CHECK(facts_of(elf_file(999, "")).architecture == "ELF machine 999");
}

TEST_CASE("the note of scoop is found among others") {
    const std::string build_id = note("GNU", 3, "0123456789abcdefghij");
    CHECK(facts_of(elf_file(EM_X86_64, note("scoop", 1, "1"))).has_scoop_note);
    CHECK(facts_of(elf_file(EM_X86_64, build_id + note("scoop", 1, ""))).has_scoop_note);
    CHECK_FALSE(facts_of(elf_file(EM_X86_64, build_id)).has_scoop_note);
    CHECK_FALSE(facts_of(elf_file(EM_X86_64, note("scooper", 1, "1"))).has_scoop_note);
    CHECK_FALSE(facts_of(elf_file(EM_X86_64, "")).has_scoop_note);
}

TEST_CASE("the loader that a file asks for is told, wherever the note stands") {
    const std::string path = "/lib64/ld-linux-x86-64.so.2";
    std::string file = elf_file(EM_X86_64, note("scoop", 1, ""));
    Elf64_Phdr segment{};
    segment.p_type = PT_INTERP;
    segment.p_offset = file.size();
    segment.p_filesz = path.size() + 1;
    file.replace(sizeof(Elf64_Ehdr), sizeof segment, reinterpret_cast<const char*>(&segment), sizeof segment);
    const FileFacts facts = facts_of(file + path + '\0');
    CHECK(facts.loader == path);
    CHECK(facts.has_scoop_note);
    CHECK(facts_of(elf_file(EM_X86_64, note("scoop", 1, ""))).loader.empty());
}

TEST_CASE("a big-endian file is read in its own byte order") {
    std::string file = elf_file(EM_S390, note("scoop", 1, ""));
    file[EI_DATA] = ELFDATA2MSB;
    file = swapped(file, offsetof(Elf64_Ehdr, e_machine), 2);
    file = swapped(file, offsetof(Elf64_Ehdr, e_phoff), 8);
    file = swapped(file, offsetof(Elf64_Ehdr, e_phnum), 2);
    const std::size_t segment = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
    file = swapped(file, segment, 4);
    file = swapped(file, segment + offsetof(Elf64_Phdr, p_offset), 8);
    file = swapped(file, segment + offsetof(Elf64_Phdr, p_filesz), 8);
    const std::size_t note_at = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
    for (std::size_t k = 0; k < 3; ++k) file = swapped(file, note_at + 4 * k, 4);
    CHECK(facts_of(file).architecture == "s390x");
    CHECK(facts_of(file).has_scoop_note);
}

TEST_CASE("a damaged ELF file has no note and harms nobody") {
    const std::string file = elf_file(EM_X86_64, note("GNU", 3, "abcd") + note("scoop", 1, "1"));
    for (std::size_t size = 0; size < file.size(); ++size) (void)facts_of(file.substr(0, size));
    std::string lying = file;
    for (std::size_t at = sizeof(Elf64_Ehdr); at < lying.size(); ++at) {
        lying = file;
        lying.replace(at, std::min<std::size_t>(8, lying.size() - at), std::min<std::size_t>(8, lying.size() - at),
                      '\xff');
        (void)facts_of(lying);
    }
    CHECK(facts_of(file.substr(0, 8)).kind == FileKind::unknown);
    CHECK_FALSE(facts_of(file.substr(0, sizeof(Elf64_Ehdr))).has_scoop_note);
}
