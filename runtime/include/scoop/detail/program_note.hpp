// An ELF note in every program that includes scoop.hpp: `readelf -n` shows it under "scoop", and scoop-run reads from
// it that the file is a scoop program before it starts anything.
#pragma once

#if defined(__ELF__)
namespace scoop::detail {
namespace {

struct ProgramNote {
    unsigned int name_bytes = 6;
    unsigned int content_bytes = 4;
    unsigned int type = 1;
    char name[8] = {'s', 'c', 'o', 'o', 'p', 0, 0, 0};
    unsigned int note_version = 1;
};
#if defined(__clang__)
[[clang::no_sanitize("address")]]  // no red zone behind it, which would be taken for more notes
#endif
[[maybe_unused, gnu::used, gnu::section(".note.scoop"), gnu::aligned(4)]] const ProgramNote program_note;

}  // namespace
}  // namespace scoop::detail
#endif
