// The hostfile: one host a line, in our own language and those of other launchers as far as they agree.
//
//     node01                       # as many slots as it has CPUs
//     node02 8                     # slots, also node02:8 and node02 slots=8
//     node[03-16,20]-ib slots=8 max_slots=16 wdir=/scratch setup="module load gcc"
//     ada@build.example.org cpus=4 port=2222
//     host node17 ++cpus 4         // charmrun; "group" lines give the "host" lines behind them their attributes
//
// host_attributes has the attributes, and the manual page hostfile(5) all of it. A host named again adds its slots
// (merge_mentions). Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "hostfile/host.hpp"

namespace scoop::hostfile {

/// The hosts of `text` in the order they were first named. `source` is what the file is called in messages: a failure
/// reads "source:line:column: what, and what was expected" with the line and a caret below. A file without a host is
/// one.
[[nodiscard]] base::Result<std::vector<Host>> parse_hostfile(std::string_view text, std::string_view source);

}  // namespace scoop::hostfile
