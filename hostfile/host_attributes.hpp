// The attributes that a hostfile gives a host: slots=4, port=2222, env.OMP_NUM_THREADS=2, ….
//
// Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "hostfile/host.hpp"
#include "hostfile/text.hpp"

namespace scoop::hostfile {

/// A key or a value, and where it stands in its line. The text of a quoted value is what the quotes mean.
struct Word {
    std::string text;
    std::size_t position = 0;
};

/// Sets what `key` names. Refuses an unknown key, a value it cannot have, and an attribute the host has already.
[[nodiscard]] Parsed<void> set_attribute(Host& host, const Word& key, const Word& value);

/// "slots=N, max_slots=N, …", for messages.
[[nodiscard]] std::string_view attribute_forms();

}  // namespace scoop::hostfile
