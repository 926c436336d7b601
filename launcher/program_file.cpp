#include "launcher/program_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/search_path.hpp"
#include "launcher/exit_status.hpp"

namespace scoop::launcher {

namespace {

namespace fs = std::filesystem;

using Refusal = tl::unexpected<ProgramRefusal>;

Refusal refuse(int exit_status, const std::string& path, std::string reason, std::string advice) {
    return Refusal(ProgramRefusal{{"run " + path, std::move(reason), std::move(advice), false}, exit_status});
}

bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::exists(path, error) && !fs::is_directory(path, error);
}

}  // namespace

FileFacts facts_of_program(const std::string& path) {
    std::error_code error;
    if (!fs::is_regular_file(path, error)) return {};  // a pipe would keep us waiting
    std::ifstream file(path, std::ios::binary);
    return inspect_program_file([&](std::uint64_t offset, std::size_t size) {
        std::string bytes(size, '\0');
        file.clear();
        file.seekg(static_cast<std::streamoff>(offset));
        file.read(bytes.data(), static_cast<std::streamsize>(size));
        bytes.resize(static_cast<std::size_t>(file.gcount()));
        return bytes;
    });
}

std::string absolute_path(std::string name) {
    if (name.empty()) return name;
    while (name.starts_with("./")) name.erase(0, 2);
    std::error_code error;
    return name.empty() ? fs::current_path(error).string() : fs::absolute(name, error).string();
}

tl::expected<std::string, ProgramRefusal> find_program(const std::string& name, WhereToRun where) {
    if (name.empty()) return refuse(exit_not_found, "\"\"", "an empty name is no program", "name a program to run");
    std::string path = name;
    if (name.find('/') == std::string::npos && name != "." && name != "..") {
        const char* directories = std::getenv("PATH");
        auto found = base::find_in_path(name, directories != nullptr ? directories : base::search_path_default);
        if (!found)
            return refuse(exit_not_found, name, "no such program in the directories of PATH",
                          is_file(name) ? "there is one here: ./" + name : "check the name");
        path = std::move(*found);
    }
    path = absolute_path(path);
    // It is the first line of what an SSH session sends.
    if (path.find('\n') != std::string::npos)
        return refuse(exit_not_a_program, path, "a path with a line end in it cannot be used", "rename it");

    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (where == WhereToRun::elsewhere_only && name.starts_with('/')) return path;
        const int code = errno == EACCES ? exit_not_a_program : exit_not_found;
        return refuse(code, path, std::strerror(errno), "check the path of the program");
    }
    if (S_ISDIR(status.st_mode)) return refuse(exit_not_a_program, path, "it is a directory", "name the program in it");
    // Reading a pipe would wait for its writer.
    if (!S_ISREG(status.st_mode))
        return refuse(exit_not_a_program, path, "it is not a regular file", "name the file of the program");
    if (::access(path.c_str(), X_OK) != 0)
        return refuse(exit_not_a_program, path, "it is not executable", "chmod +x makes it so");
    const FileFacts facts = facts_of_program(path);
    if (facts.kind == FileKind::elf && !facts.has_scoop_note)
        return refuse(exit_not_a_program, path, "it is not a scoop program: it has no note of the scoop library",
                      "include scoop/scoop.hpp, link scoop::scoop and call scoop::run in main");
    return path;
}

}  // namespace scoop::launcher
