#include "base/program_info.hpp"

#include <elf.h>
#include <link.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

namespace scoop::base {

namespace {

constexpr std::size_t padded(std::size_t size) { return (size + 3) & ~std::size_t{3}; }

// Called by dl_iterate_phdr for the program first, then for its libraries; only the first call is of interest.
int find_build_id(dl_phdr_info* info, std::size_t, void* result) {
    for (int i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        if (segment.p_type != PT_NOTE) continue;
        const char* at = reinterpret_cast<const char*>(info->dlpi_addr + segment.p_vaddr);
        const char* end = at + segment.p_memsz;
        while (at + sizeof(ElfW(Nhdr)) <= end) {
            ElfW(Nhdr) header;
            std::memcpy(&header, at, sizeof header);
            const char* name = at + sizeof header;
            const char* content = name + padded(header.n_namesz);
            if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == 4 && std::memcmp(name, "GNU", 4) == 0) {
                constexpr char digits[] = "0123456789abcdef";
                auto& text = *static_cast<std::string*>(result);
                for (std::size_t k = 0; k < header.n_descsz; ++k) {
                    const auto byte = static_cast<unsigned char>(content[k]);
                    text += digits[byte >> 4];
                    text += digits[byte & 15];
                }
                return 1;
            }
            at = content + padded(header.n_descsz);
        }
    }
    return 1;
}

// Called by dl_iterate_phdr for the program first, which has no name there, then for its libraries. The system's keep
// what they promise when they are renewed, and the kernel's (vdso) is no file.
int add_object(dl_phdr_info* info, std::size_t, void* result) {
    const std::string_view name = info->dlpi_name;
    const auto is_below = [&](std::string_view folder) { return name.starts_with(folder); };
    if (is_below("/lib/") || is_below("/lib64/") || is_below("/usr/lib/") || is_below("/usr/lib64/")) return 0;
    std::ifstream file(name.empty() ? "/proc/self/exe" : info->dlpi_name, std::ios::binary | std::ios::ate);
    if (!file) return 0;
    std::string content(static_cast<std::size_t>(file.tellg()), '\0');
    file.seekg(0).read(content.data(), static_cast<std::streamsize>(content.size()));
    auto& digest = *static_cast<Digest*>(result);
    digest = digest_of(digest, digest_of(content));
    return 0;
}

}  // namespace

std::string build_id() {
    std::string text;
    dl_iterate_phdr(find_build_id, &text);
    return text;
}

Digest program_digest() {
    Digest digest;
    dl_iterate_phdr(add_object, &digest);
    return digest;
}

std::string architecture() {
    utsname names{};
    return ::uname(&names) == 0 ? names.machine : "unknown";
}

std::string host_name() {
    char name[HOST_NAME_MAX + 1] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string program_path() {
    std::string path(PATH_MAX, '\0');
    const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
    path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return path;
}

std::vector<std::string> program_arguments() {
    std::vector<std::string> arguments;
    std::ifstream file("/proc/self/cmdline", std::ios::binary);
    for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(std::move(argument));
    if (arguments.empty()) arguments.push_back(program_path());
    return arguments;
}

}  // namespace scoop::base
