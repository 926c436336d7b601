#include "launcher/stage_links.hpp"

#include <unistd.h>

#include <vector>

#include "base/program_info.hpp"
#include "base/stage_directory.hpp"
#include "launcher/stage_store.hpp"

namespace scoop::launcher {

base::Result<StageLinks> StageLinks::make(const NodeStart& start) {
    StageLinks links;
    if (start.stage.is_empty()) return links;
    auto directory = base::make_stage_directory();
    if (!directory) return tl::unexpected(std::move(directory.error()));
    links.directory_ = std::move(*directory);
    std::vector<std::string> paths = start.stage.files;
    if (start.stage.has_program) paths.push_back(with_architecture(start.program, base::architecture()));
    for (const std::string& path : paths) {
        const std::string link = links.directory_ + "/" + file_name_of(path);
        if (::symlink(path.c_str(), link.c_str()) != 0) return base::system_failure("make the link " + link);
    }
    return links;
}

StageLinks::~StageLinks() {
    if (!directory_.empty()) base::remove_stage_directory(directory_);
}

}  // namespace scoop::launcher
