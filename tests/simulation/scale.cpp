// scale_simulation: how a job of many hosts would go, in virtual time, with the real cores. Prints one line of JSON;
// docs/scale.md says what is simulated and what was found.
//
// usage: scale_simulation [name=value ...]; the names are those of the table below.
#include <charconv>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sim_job.hpp"

namespace {

using namespace scoop::simulation;
using std::chrono::nanoseconds;

struct Options {
    JobPlan plan;
    double seconds_per_worker = 1;  ///< decides how many tasks there are, unless tasks= does
};

double number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0))
        throw std::invalid_argument("'" + std::string(text) + "' is not a number of 0 or more");
    return value;
}

nanoseconds microseconds_of(std::string_view text) {
    return nanoseconds(static_cast<nanoseconds::rep>(number(text) * 1000));
}

template <class Integer>
auto into(Integer& where) {
    return [&where](std::string_view text) { where = static_cast<Integer>(number(text)); };
}
auto into(nanoseconds& where) {
    return [&where](std::string_view text) { where = microseconds_of(text); };
}

Options parse(int argc, char** argv) {
    Options options;
    JobPlan& plan = options.plan;
    WorkloadPlan& workload = plan.workload;
    workload.tasks = 0;
    const std::map<std::string_view, std::function<void(std::string_view)>> names = {
        {"hosts", into(plan.hosts)},
        {"workers", into(plan.workers_per_host)},  // of each host
        {"shape", [&](std::string_view text) { workload.shape = text == "map" ? Shape::map : Shape::tree; }},
        {"tasks", into(workload.tasks)},
        {"seconds", into(options.seconds_per_worker)},
        {"branching", into(workload.branching)},
        {"task_us", into(workload.task_time)},
        {"sigma", into(workload.task_time_sigma)},
        {"seed", into(workload.seed)},
        {"host_latency_us", into(plan.host_latency)},
        {"network_latency_us", into(plan.network_latency)},
        {"comm_latency_us", into(plan.comm_latency)},
        {"message_us", into(plan.message_cost)},
        {"byte_ns", into(plan.byte_cost)},
        {"argument_bytes", into(plan.argument_bytes)},
        {"result_bytes", into(plan.result_bytes)},
    };
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const auto equals = std::min(argument.find('='), argument.size());
        const auto name = names.find(argument.substr(0, equals));
        if (name == names.end() || equals == argument.size()) {
            std::string all;
            for (const auto& [known, set] : names) all += " " + std::string(known) + "=";
            throw std::invalid_argument("'" + std::string(argument) + "' is not one of" + all);
        }
        name->second(argument.substr(equals + 1));
    }
    const double workers = static_cast<double>(plan.hosts) * plan.workers_per_host;
    if (workers < 1 || workload.task_time <= nanoseconds(0))
        throw std::invalid_argument("a job needs workers and tasks that last");
    if (workload.tasks == 0) {
        const double per_worker = options.seconds_per_worker * 1e9 / static_cast<double>(workload.task_time.count());
        workload.tasks = static_cast<std::uint64_t>(std::max(1.0, workers * per_worker));
    }
    return options;
}

nlohmann::ordered_json per_task(const Traffic& traffic, std::uint64_t tasks) {
    const auto share = [tasks](std::uint64_t count) { return static_cast<double>(count) / static_cast<double>(tasks); };
    return {{"messages", share(traffic.all())},
            {"requests", share(traffic.of<scoop::protocol::Request>())},
            {"steals", share(traffic.of<scoop::protocol::Steal>())},
            {"dry", share(traffic.of<scoop::protocol::Dry>())},
            {"tasks_messages", share(traffic.of<scoop::protocol::Tasks>())},
            {"tasks", share(traffic.tasks)},
            {"results_messages", share(traffic.of<scoop::protocol::Results>())},
            {"results", share(traffic.results)},
            {"bytes", share(traffic.bytes)}};
}

nlohmann::ordered_json as_json(const Options& options, const Figures& figures) {
    const WorkloadPlan& workload = options.plan.workload;
    const auto traffic = [&](Way way) {
        return per_task(figures.traffic[static_cast<std::size_t>(way)], figures.tasks_run);
    };
    return {{"hosts", options.plan.hosts},
            {"workers_per_host", options.plan.workers_per_host},
            {"shape", workload.shape == Shape::map ? "map" : "tree"},
            {"tasks", figures.tasks_run},
            {"seed", workload.seed},
            {"seconds", figures.seconds},
            {"busy_percent", 100 * figures.busy},
            {"spread_ms", 1000 * figures.spread_seconds},
            {"drain_ms", 1000 * figures.drain_seconds},
            {"load_root_percent", 100 * figures.load_root},
            {"load_host_mean_percent", 100 * figures.load_host_mean},
            {"load_host_max_percent", 100 * figures.load_host_max},
            {"inbox_root_max", figures.inbox_root_max},
            {"inbox_host_max", figures.inbox_host_max},
            {"steals", figures.steals},
            {"per_task",
             {{"worker_to_host", traffic(Way::worker_to_host)},
              {"host_to_worker", traffic(Way::host_to_worker)},
              {"host_to_root", traffic(Way::host_to_root)},
              {"root_to_host", traffic(Way::root_to_host)}}}};
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const Options options = parse(argc, argv);
        std::cout << as_json(options, SimJob(options.plan).run()).dump() << '\n';
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "scale_simulation: " << error.what() << '\n';
        return 1;
    }
}
