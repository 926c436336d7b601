// What a letter between workers (worker/mail) says, as bytes. Any thread.
#pragma once

#include <string>
#include <tuple>

#include "scoop/archive.hpp"

namespace scoop::worker {

/// Read back by deserialize_from<std::tuple<T...>>.
template <class... T>
[[nodiscard]] std::string written(const T&... parts) {
    std::string bytes;
    detail::serialize_into(bytes, std::tuple<T...>(parts...));
    return bytes;
}

}  // namespace scoop::worker
