#include "launcher/option_setters.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "hostfile/allocation.hpp"
#include "hostfile/host_expression.hpp"
#include "hostfile/placement.hpp"
#include "hostfile/text.hpp"
#include "launcher/job_environment.hpp"
#include "protocol/control.hpp"

namespace scoop::launcher {

namespace {

constexpr double seconds_max = 365.0 * 24 * 3600;

tl::unexpected<std::string> expected(std::string what) {
    return tl::unexpected<std::string>("expected " + std::move(what));
}

tl::expected<std::uint64_t, std::string> number_within(const std::string& value, std::uint64_t low,
                                                       std::uint64_t high) {
    const auto number = hostfile::parse_number(value);
    if (!number || *number < low || *number > high)
        return expected("a whole number from " + std::to_string(low) + " to " + std::to_string(high));
    return *number;
}

}  // namespace

SetResult set_text(std::string& field, const std::string& value, const char* what) {
    if (value.empty()) return expected(what);
    field = value;
    return {};
}

SetResult set_seconds(Seconds& field, const std::string& value, Zero zero) {
    double seconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    const bool is_number = error == std::errc{} && end == value.data() + value.size();
    const bool is_allowed = seconds > 0 || (zero == Zero::allowed && seconds == 0);
    if (!is_number || !is_allowed || seconds > seconds_max)
        return expected(std::string("a number of seconds, ") + (zero == Zero::allowed ? "0 or more" : "more than 0") +
                        " and at most a year");
    field = Seconds(seconds);
    return {};
}

SetResult set_workers(Options& options, const std::string& value) {
    const auto workers = number_within(value, 1, hostfile::workers_max);
    if (!workers) return tl::unexpected<std::string>(workers.error());
    options.workers = static_cast<std::uint32_t>(*workers);
    return {};
}

SetResult add_hosts(Options& options, const std::string& value) {
    if (value.empty()) return expected("hosts, as in a,b:2,node[01-16]:8");
    options.hosts.push_back(value);
    return {};
}

SetResult add_exclusion(Options& options, const std::string& value) {
    if (value.empty()) return expected("hosts, as in a,node[03-04]");
    options.exclude.push_back(value);
    return {};
}

SetResult set_batch(Options& options, const std::string& value) {
    std::vector<std::string_view> known{batch_auto, batch_none};
    const auto& systems = hostfile::batch_system_names();
    known.insert(known.end(), systems.begin(), systems.end());
    if (std::find(known.begin(), known.end(), value) == known.end()) {
        std::string names;
        for (const std::string_view name : known)
            names += (names.empty() ? "" : name == known.back() ? " or " : ", ") + std::string(name);
        return expected(names);
    }
    options.batch = value;
    return {};
}

SetResult set_per_host(Options& options, const std::string& value) {
    const auto workers = number_within(value, 1, hostfile::workers_max);
    if (!workers) return tl::unexpected<std::string>(workers.error());
    options.per_host = static_cast<std::uint32_t>(*workers);
    return {};
}

SetResult set_mapping(Options& options, const std::string& value) {
    if (value != "slot" && value != "host") return expected("slot or host");
    options.mapping = value == "slot" ? hostfile::Mapping::by_slot : hostfile::Mapping::by_host;
    return {};
}

SetResult set_binding(Options& options, const std::string& value) {
    using base::CpuUnit;
    constexpr std::pair<std::string_view, std::optional<CpuUnit>> known[] = {{"none", {}},
                                                                             {"core", CpuUnit::core},
                                                                             {"socket", CpuUnit::socket},
                                                                             {"package", CpuUnit::socket},
                                                                             {"numa", CpuUnit::numa}};
    for (const auto& [name, unit] : known)
        if (name == value) {
            options.bind_to = unit;
            return {};
        }
    return expected("none, core, socket (or package) or numa");
}

SetResult add_environment(Options& options, const std::string& value) {
    const auto checked = check_environment_request(value);
    if (!checked) return tl::unexpected<std::string>(checked.error());
    options.environment.push_back(value);
    return {};
}

SetResult set_setup(Options& options, const std::string& value) {
    // It travels as one of the first lines that the host's shell reads.
    if (value.empty() || value.find('\n') != std::string::npos)
        return expected("one line of shell text, as in 'module load gcc'; several commands are separated by ;");
    options.setup = value;
    return {};
}

SetResult set_nice(Options& options, const std::string& value) {
    const auto nice = number_within(value, 0, control::nice_max);
    if (!nice) return tl::unexpected<std::string>(nice.error());
    options.nice = static_cast<std::uint32_t>(*nice);
    return {};
}

SetResult add_environment_file(Options& options, const std::string& value) {
    if (value.empty()) return expected("the name of a file");
    options.environment_files.push_back(value);
    return {};
}

SetResult add_stage_file(Options& options, const std::string& value) {
    if (value.empty()) return expected("the name of a file");
    options.stage_files.push_back(value);
    return {};
}

SetResult set_root_works(Options& options, const std::string& value) {
    if (value != "yes" && value != "no") return expected("yes or no");
    options.root_works = value == "yes";
    return {};
}

SetResult set_launcher(Options& options, const std::string& value) {
    auto launcher = parse_launcher(value);
    if (!launcher) return tl::unexpected<std::string>(std::move(launcher.error()));
    options.launcher = std::move(*launcher);
    return {};
}

SetResult set_ssh_user(Options& options, const std::string& value) {
    auto user = hostfile::parse_user(value, 0);
    if (!user) return tl::unexpected<std::string>(user.error().sentence);
    options.ssh_user = std::move(*user);
    return {};
}

SetResult set_ssh_port(Options& options, const std::string& value) {
    const auto port = number_within(value, 1, 65535);
    if (!port) return tl::unexpected<std::string>(port.error());
    options.ssh_port = static_cast<std::uint16_t>(*port);
    return {};
}

SetResult set_ports(Options& options, const std::string& value) {
    const std::size_t dash = value.find('-');
    const auto first = hostfile::parse_number(value.substr(0, dash));
    const auto last = dash == std::string::npos ? first : hostfile::parse_number(value.substr(dash + 1));
    if (!first || !last || *first < 1 || *first > *last || *last > 65535)
        return expected("a port or a range of ports from 1 to 65535, as in 5000 or 5000-5010");
    options.port_first = static_cast<std::uint16_t>(*first);
    options.port_last = static_cast<std::uint16_t>(*last);
    return {};
}

SetResult set_interface(Options& options, const std::string& value) {
    return set_text(options.interface, value,
                    "an interface, a network or an address, as in ib0, 10.0.0.0/16 or 10.0.0.5");
}

SetResult set_tunnel(Options& options, const std::string& value) {
    if (value != "auto" && value != "always" && value != "never") return expected("auto, always or never");
    options.tunnel = value == "auto"     ? control::Tunnel::automatic
                     : value == "always" ? control::Tunnel::always
                                         : control::Tunnel::never;
    return {};
}

SetResult set_stack(Options& options, const std::string& value) {
    constexpr std::string_view units = "kmg";
    std::string_view digits = value;
    unsigned shift = 0;
    const std::size_t unit = value.empty() ? std::string_view::npos : units.find(hostfile::lower_case(value).back());
    if (unit != std::string_view::npos) {
        digits.remove_suffix(1);
        shift = 10 * (static_cast<unsigned>(unit) + 1);
    }
    const auto number = hostfile::parse_number(digits);
    // The first comparison keeps the shift from losing bits.
    if (!number || *number > stack_bytes_max || *number << shift < stack_bytes_min ||
        *number << shift > stack_bytes_max)
        return expected("a size from 64K to 1G, as in 65536, 512K or 4M");
    options.stack_bytes = *number << shift;
    return {};
}

SetResult set_output(Options& options, const std::string& value) {
    auto style = parse_output_style(value);
    if (!style) return tl::unexpected(std::move(style.error()));
    options.output = std::move(*style);
    return {};
}

SetResult set_input(Options& options, const std::string& value) {
    if (value != "root" && value != "none") return expected("root or none");
    options.passes_input = value == "root";
    return {};
}

SetResult add_wrap(Options& options, const std::string& value) {
    const std::size_t blank = value.find(' ');
    auto wrap = parse_wrap(std::string_view(value).substr(0, blank), std::string_view(value).substr(blank + 1));
    if (!wrap) return tl::unexpected(std::move(wrap.error()));
    options.wraps.push_back(std::move(*wrap));
    return {};
}

SetResult set_completion(Options& options, const std::string& value) {
    if (value != "bash" && value != "zsh" && value != "fish") return expected("bash, zsh or fish");
    options.completion = value;
    return {};
}

SetResult set_on_host_failure(Options& options, const std::string& value) {
    if (value != "abort" && value != "continue") return expected("abort or continue");
    options.goes_on_without_hosts = value == "continue";
    return {};
}

SetResult be_verbose(Options& options, const std::string&) {
    if (options.verbosity < 0) return tl::unexpected<std::string>("contradicts -q");
    ++options.verbosity;
    return {};
}

SetResult be_quiet(Options& options, const std::string&) {
    if (options.verbosity > 0) return tl::unexpected<std::string>("contradicts -v");
    options.verbosity = -1;
    return {};
}

SetResult set_join(Options& options, const std::string& value) {
    return set_text(options.join, value, "the number of a job, see --status");
}

SetResult set_leave(Options& options, const std::string& value) {
    return set_text(options.leave, value, "the number of a job, see --status");
}

SetResult set_directory(Options& options, const std::string& value) {
    return set_text(options.working_directory, value, "the name of a directory");
}

SetResult set_journal(Options& options, const std::string& value) {
    return set_text(options.journal, value, "the name of a directory");
}

}  // namespace scoop::launcher
