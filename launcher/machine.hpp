// What is to be known of this machine before a job is planned. Asks the system; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/failure.hpp"
#include "launcher/plan.hpp"

namespace scoop::launcher {

/// Names, addresses, user and CPUs of this machine.
[[nodiscard]] LocalFacts local_facts();

/// Enough to find out which hosts are this machine; the SSH sessions look their names up again, with more patience.
constexpr std::chrono::seconds resolve_time_max{3};
/// The addresses of the names, as far as the name service tells them within `time_max`. Many are asked for at once.
[[nodiscard]] Resolution resolve_names(const std::vector<std::string>& names, std::chrono::milliseconds time_max);

/// Lets this process have as many descriptors as a job of so many hosts needs; a Failure if it may not have so many.
[[nodiscard]] base::Result<void> make_room_for_hosts(std::size_t hosts);

}  // namespace scoop::launcher
