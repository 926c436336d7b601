// What the values of scoop-run's options become: each function checks one as typed and sets its field of Options.
//
// Any thread.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "launcher/options.hpp"

namespace scoop::launcher {

/// Success, or what is allowed instead: "expected a whole number from 1 to 65535".
using SetResult = tl::expected<void, std::string>;

[[nodiscard]] SetResult set_workers(Options& options, const std::string& value);
[[nodiscard]] SetResult add_hosts(Options& options, const std::string& value);
[[nodiscard]] SetResult add_exclusion(Options& options, const std::string& value);
[[nodiscard]] SetResult set_batch(Options& options, const std::string& value);
[[nodiscard]] SetResult set_per_host(Options& options, const std::string& value);
[[nodiscard]] SetResult set_mapping(Options& options, const std::string& value);
[[nodiscard]] SetResult set_binding(Options& options, const std::string& value);
[[nodiscard]] SetResult add_environment(Options& options, const std::string& value);
[[nodiscard]] SetResult add_environment_file(Options& options, const std::string& value);
[[nodiscard]] SetResult set_setup(Options& options, const std::string& value);
[[nodiscard]] SetResult set_nice(Options& options, const std::string& value);
[[nodiscard]] SetResult add_stage_file(Options& options, const std::string& value);
[[nodiscard]] SetResult set_root_works(Options& options, const std::string& value);
[[nodiscard]] SetResult set_launcher(Options& options, const std::string& value);
[[nodiscard]] SetResult set_ssh_user(Options& options, const std::string& value);
[[nodiscard]] SetResult set_ssh_port(Options& options, const std::string& value);
[[nodiscard]] SetResult set_ports(Options& options, const std::string& value);
[[nodiscard]] SetResult set_interface(Options& options, const std::string& value);
[[nodiscard]] SetResult set_tunnel(Options& options, const std::string& value);
[[nodiscard]] SetResult set_stack(Options& options, const std::string& value);
[[nodiscard]] SetResult set_output(Options& options, const std::string& value);
[[nodiscard]] SetResult set_input(Options& options, const std::string& value);
[[nodiscard]] SetResult add_wrap(Options& options, const std::string& value);
[[nodiscard]] SetResult set_completion(Options& options, const std::string& value);
[[nodiscard]] SetResult set_on_host_failure(Options& options, const std::string& value);
[[nodiscard]] SetResult be_verbose(Options& options, const std::string& value);
[[nodiscard]] SetResult be_quiet(Options& options, const std::string& value);
[[nodiscard]] SetResult set_join(Options& options, const std::string& value);
[[nodiscard]] SetResult set_leave(Options& options, const std::string& value);
[[nodiscard]] SetResult set_directory(Options& options, const std::string& value);
[[nodiscard]] SetResult set_journal(Options& options, const std::string& value);

/// `what`: what a text that is not empty would be, "the name of a file".
[[nodiscard]] SetResult set_text(std::string& field, const std::string& value, const char* what);

enum class Zero { allowed, refused };
[[nodiscard]] SetResult set_seconds(Seconds& field, const std::string& value, Zero zero);

template <bool Options::*Field>
[[nodiscard]] SetResult set_flag(Options& options, const std::string&) {
    options.*Field = true;
    return {};
}

template <std::string Options::*Field>
[[nodiscard]] SetResult set_file(Options& options, const std::string& value) {
    return set_text(options.*Field, value, "the name of a file");
}

template <Seconds Options::*Field, Zero zero>
[[nodiscard]] SetResult set_time(Options& options, const std::string& value) {
    return set_seconds(options.*Field, value, zero);
}

}  // namespace scoop::launcher
