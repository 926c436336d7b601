// The codecs of the std hierarchy and of scoop's own exceptions.
#pragma once

namespace scoop::detail {

/// Registers them all. Called once, by the registry itself.
void register_standard_exceptions();

}  // namespace scoop::detail
