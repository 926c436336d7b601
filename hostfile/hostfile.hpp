// The hostfile: one host a line, in the dialects of SCOOP, Open MPI and MPICH as far as they agree.
//
//     node01                       # as many slots as it has CPUs
//     node02 8                     # slots, also node02:8 and node02 slots=8
//     node[03-16,20]-ib slots=8 max_slots=16
//     ada@build.example.org cpus=4 port=2222
//
// Attributes: slots= (slot, cpu, cpus, count, worker, workers), max_slots= (slots_max), user= (user_name), port=; in
// any case, "-" as good as "_", blanks around "=" allowed. "#" begins a comment anywhere. The line may end with CR LF.
// A name may have ranges in brackets; a host named again adds its slots (merge_mentions). Pure; any thread.
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
