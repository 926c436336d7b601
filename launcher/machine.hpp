// What is to be known of this machine before a job is planned. Asks the system; any thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "launcher/plan.hpp"

namespace scoop::launcher {

/// Names, addresses, user and CPUs of this machine.
[[nodiscard]] LocalFacts local_facts();

/// The addresses of the names, as far as the name service tells them within `time_max`. Many are asked for at once.
[[nodiscard]] Resolution resolve_names(const std::vector<std::string>& names, std::chrono::milliseconds time_max);

}  // namespace scoop::launcher
