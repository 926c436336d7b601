#include "launcher/job_loop.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <random>
#include <utility>

#include "base/user_directory.hpp"
#include "base/wait_status.hpp"
#include "launcher/exit_status.hpp"
#include "launcher/greeting.hpp"
#include "launcher/job_description.hpp"
#include "launcher/session_start.hpp"
#include "launcher/starter_problem.hpp"

namespace scoop::launcher {

namespace {

using control::FrameType;

// A turn that begins so much later than asked for means that the whole process stood still.
constexpr std::chrono::seconds pause_min{5};

base::Duration to_duration(std::chrono::duration<double> seconds) {
    return std::chrono::duration_cast<base::Duration>(seconds);
}

// Names the job in messages and to people; nothing rests on nobody guessing it.
std::string make_job_id() {
    constexpr char digits[] = "0123456789abcdef";
    std::random_device random;
    std::string id;
    for (int k = 0; k < 16; ++k) id += digits[random() % 16];
    return id;
}

std::string local_time() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    std::array<char, 32> text{};
    ::localtime_r(&now, &parts);
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return text.data();
}

std::vector<std::string> names_of(const JobSetup& setup) {
    std::vector<std::string> names;
    for (const auto& host : setup.hosts) names.push_back(host.name);
    return names;
}

JobCoreConfig core_config(const JobSetup& setup, std::function<StartProblem(base::HostIndex)> explain_lateness) {
    JobCoreConfig config;
    config.hosts = names_of(setup);
    config.place = setup.place;
    config.explain_lateness = std::move(explain_lateness);
    config.start_timeout = to_duration(setup.start_timeout);
    config.on_host_failure = setup.on_host_failure;
    config.is_check = setup.is_check;
    if (setup.timeout) config.timeout = to_duration(*setup.timeout);
    config.stop_grace = to_duration(setup.stop_grace);
    config.root_works = setup.root_works;
    config.silence_max = silence_max;
    config.heartbeat_interval = heartbeat_interval;
    for (std::size_t host = 0; host < setup.hosts.size(); ++host)
        if (setup.hosts[host].is_local) config.local_host = static_cast<base::HostIndex>(host);
    return config;
}

}  // namespace

JobLoop::JobLoop(JobSetup setup, SignalFd& signals)
    : setup_(std::move(setup)),
      signals_(signals),
      job_id_(make_job_id()),
      since_(local_time()),
      awake_by_(base::TimePoint::max()),
      output_(setup_.output, names_of(setup_)),
      ranks_(setup_.hosts.size()),
      hosts_at_start_(setup_.hosts.size()),
      calls_(setup_.reach),
      core_(core_config(
                setup_,
                [this](base::HostIndex host) { return diagnose_lateness(evidence_of(host), links_[host]->step()); }),
            base::Clock::now()) {}

void JobLoop::begin_session(const HostSetup& host) {
    LinkListener& listener = *this;
    const bool gets_files = !host.is_local && !host.start.stage.is_empty();
    auto stager = gets_files ? std::make_unique<Stager>(host.start, stage_store_) : nullptr;
    links_.push_back(std::make_unique<HostLink>(links_.size(), start_session(host, logins_, notices_, calls_),
                                                std::move(stager), listener, restart_of(host)));
}

// libssh's sessions come back by themselves.
std::optional<Restart> JobLoop::restart_of(const HostSetup& host) {
    if (host.is_local || host.starter.words.empty()) return std::nullopt;
    return Restart{[this, &host] { return start_session(host, logins_, notices_, calls_); },
                   [&host](StartEvidence evidence) {
                       evidence.starter = host.starter.words;
                       return is_refused_login(evidence);
                   }};
}

int JobLoop::run() {
    if (!setup_.is_check) open_server();
    for (const auto& host : setup_.hosts) begin_session(host);
    while (!status_) turn();

    drain_output();
    print_report();
    if (const auto error = output_.error(); error && !error->is_reader_gone) {
        if (!std::exchange(is_output_broken_, true)) {
            say_output_error(*error);
            drain_output();
        }
        if (*status_ == 0) status_ = exit_internal;
    }
    root_broker_.stop();
    // A write can block for ever in a stopped terminal, and so can a session that could not be killed. Nobody waits for
    // them.
    const bool is_clean = std::all_of(links_.begin(), links_.end(), [](const auto& link) { return link->is_gone(); }) &&
                          output_.is_idle();
    if (!is_clean) {
        for (const auto& link : links_) link->kill();
        ::_exit(*status_);
    }
    return *status_;
}

void JobLoop::print_report() {
    if (report_.empty() || (std::fputs(report_.c_str(), stdout) >= 0 && std::fflush(stdout) == 0)) return;
    std::fprintf(stderr, "scoop-run: write the output: %s\n", std::strerror(errno));
    status_ = exit_internal;
}

void JobLoop::turn() {
    const auto now = base::Clock::now();
    if (awake_by_ != base::TimePoint::max() && now - awake_by_ > pause_min)
        tell_core(event::StoodStill{now - awake_by_});
    if (now >= core_.next_deadline()) tell_core(event::TimePassed{});
    serve_requests();
    take_broker_events();
    on_output_progress();
    for (auto& link : links_) {
        link->on_time(now);
        link->flush();
    }
    if (!status_) wait(now);
}

void JobLoop::wait(base::TimePoint now) {
    awake_by_ = std::min(
        {core_.next_deadline(), server_.next_deadline(), output_.next_deadline().value_or(base::TimePoint::max())});
    if (status_round_) awake_by_ = std::min(awake_by_, status_round_->deadline);
    for (const auto& link : links_) awake_by_ = std::min(awake_by_, link->next_deadline());
    base::PollSet poll_set;
    watch_everything(poll_set);
    poll_set.wait(awake_by_ == base::TimePoint::max() ? base::Duration(std::chrono::hours(1)) : awake_by_ - now);
}

void JobLoop::watch_everything(base::PollSet& poll_set) {
    poll_set.watch(signals_.fd(), POLLIN, [this] {
        while (const auto number = signals_.take()) tell_core(event::Signal{*number});
    });
    for (auto& link : links_) link->watch(poll_set);
    server_.watch(poll_set);
    for (auto& [host, relay] : relays_) relay.watch(poll_set);
    // Every turn takes what these announce.
    calls_.watch(poll_set);
    if (root_broker_.broker() != nullptr) poll_set.watch(root_broker_.broker()->event_fd(), POLLIN, [] {});
    poll_set.watch(output_.progress_fd(), POLLIN, [] {});
    if (input_.wants_read()) poll_set.watch(STDIN_FILENO, POLLIN, [this] { on_input(); });
}

bool JobLoop::is_end_asked_for() {
    while (const auto number = signals_.take()) {
        if (is_end_signal(*number)) return true;
        if (*number == SIGTSTP) stop_this_process();
    }
    return false;
}

// The core.

void JobLoop::tell_core(JobEvent event) {
    // They are older than what is said of the event.
    for (const Notice& notice : notices_.take()) say(notice.level, "scoop-run: " + printable(notice.text) + "\n");
    events_.push_back(std::move(event));
    if (is_telling_) return;
    is_telling_ = true;
    while (!events_.empty()) {
        const JobEvent next = std::move(events_.front());
        events_.pop_front();
        for (const auto& action : core_.handle(next, base::Clock::now()))
            std::visit([this](const auto& one) { perform(one); }, action);
    }
    is_telling_ = false;
}

void JobLoop::perform(const action::StartBroker& start) {
    ranks_ = start.ranks;
    for (base::HostIndex host = 0; host < ranks_.size(); ++host)
        if (!ranks_[host].empty() && ranks_[host].front() == 0) root_host_ = host;
    if (auto started = root_broker_.start(setup_, ranks_); !started)
        tell_core(event::BrokerFailed{started.error().sentence()});
    else
        tell_core(event::BrokerStarted{});
}

void JobLoop::perform(const action::Describe& describe) {
    auto job = describe_job(setup_, ranks_told_to(describe.host), describe.host,
                            is_root_here() && describe.host == root_host_);
    job.job_id = job_id_;
    root_broker_.describe(describe.host, setup_.hosts[describe.host].is_local, job);
    // A little less than we have left, so that the node can say what it waits for before we give it up.
    job.start_timeout_seconds = std::max(0.1, 0.9 * std::chrono::duration<double>(describe.time_left).count());
    times_.on_described(setup_.hosts[describe.host].name, base::Clock::now());
    links_[describe.host]->send(FrameType::job, control::to_payload(job));
}

void JobLoop::perform(const action::Send& send) { links_[send.host]->send(send.type, send.payload); }
void JobLoop::perform(const action::CloseHost& close) { links_[close.host]->close(); }
void JobLoop::perform(const action::KillHost& kill) { links_[kill.host]->kill(); }
void JobLoop::perform(const action::TellBroker& tell) {
    if (auto* broker = root_broker_.broker())
        broker->peer_down(tell.host, {.reason = tell.reason, .is_host_lost = tell.is_lost});
}
void JobLoop::perform(const action::Say& one) { say(one.level, one.lines); }

void JobLoop::say(Level level, std::string lines) {
    if (level <= setup_.level) output_.say(std::move(lines));
}

void JobLoop::perform(const action::Report& report) {
    report_ = report.text;
    if (setup_.timing) say(Level::note, times_.table());
}

void JobLoop::perform(const action::StopProcess&) { stop_this_process(); }

void JobLoop::perform(const action::Finish& finish) {
    status_ = finish.status;
    output_limit_ = finish.output_limit;
}

// Hosts.

void JobLoop::on_message(std::size_t link, const control::Message& message) {
    const auto host = static_cast<base::HostIndex>(link);
    tell_core(event::Heard{host});
    if (auto done = handle(host, message); !done) on_violation(link, done.error());
}

base::Result<void> JobLoop::handle(base::HostIndex host, const control::Message& message) {
    const auto take = [](auto&& parsed, auto&& use) -> base::Result<void> {
        if (!parsed) return tl::unexpected(std::move(parsed.error()));
        use(*parsed);
        return {};
    };
    switch (message.type) {
        case FrameType::hello:
            return take(control::parse_node_hello(message.payload), [&](control::NodeHello& hello) {
                times_.on_greeted(setup_.hosts[host].name, links_[host]->step_times());
                const auto ahead = clock_ahead(hello, std::chrono::system_clock::now());
                tell_core(event::Greeted{host, std::move(hello), ahead});
            });
        case FrameType::ready:
            return take(control::parse_node_ready(message.payload), [&](control::NodeReady& ready) {
                times_.on_ready(setup_.hosts[host].name, base::Clock::now());
                tell_core(event::Ready{host, std::move(ready)});
            });
        case FrameType::relay:
        case FrameType::relay_credit: return relay_of(host).on_message(message);
        case FrameType::output: return on_output(host, control::parse_output_chunk(message.payload));
        case FrameType::credit:
            return take(control::parse_credit(message.payload), [&](const control::Credit& credit) {
                if (host == root_host_) input_.add_credit(credit.bytes);
            });
        case FrameType::exited:
            return take(control::parse_worker_exit(message.payload), [&](const control::WorkerExit& exit) {
                if (has_rank(host, exit.rank)) tell_core(event::Exited{exit});
            });
        case FrameType::failed:
            return take(control::parse_start_failure(message.payload), [&](const control::StartFailure& failure) {
                tell_core(event::Failed{host, {failure.step, failure.sentence, failure.advice, failure.exit_status}});
            });
        case FrameType::ended: tell_core(event::Ended{host}); return {};
        case FrameType::heartbeat: return {};
        case FrameType::usage:
            return take(control::parse_node_usage(message.payload),
                        [&](control::NodeUsage& usage) { on_usage(host, std::move(usage)); });
        case FrameType::note:
            say(Level::note, "scoop-run: " + printable(setup_.hosts[host].name + ": " + message.payload) + "\n");
            return {};
        default: return base::failure("read the control channel", "a frame came that only scoop-run sends");
    }
}

base::Result<void> JobLoop::on_output(base::HostIndex host, const base::Result<control::OutputChunk>& chunk) {
    if (!chunk) return tl::unexpected(chunk.error());
    if (!has_rank(host, chunk->rank))
        return base::failure("read the control channel", "output came from a rank that is not on this host");
    const base::Source source{host, chunk->rank, chunk->stream};
    if (chunk->bytes.empty())
        output_.finish(source);
    else
        output_.push(source, chunk->bytes, base::Clock::now());
    return {};
}

bool JobLoop::has_rank(base::HostIndex host, base::Rank rank) const {
    return std::find(ranks_[host].begin(), ranks_[host].end(), rank) != ranks_[host].end();
}

void JobLoop::on_host_errors(std::size_t link, std::string_view bytes) {
    // Before the program begins this is only of interest if the host fails, and then it is part of the diagnosis.
    if (is_running_) output_.push_errors(static_cast<base::HostIndex>(link), bytes, base::Clock::now());
}

void JobLoop::on_staging(std::size_t) { tell_core(event::Staging{}); }

void JobLoop::on_stage_problem(std::size_t link, const StartProblem& problem) {
    tell_core(event::Failed{static_cast<base::HostIndex>(link), problem});
    links_[link]->close();
}

void JobLoop::on_staged(std::size_t link, const std::string& what) {
    say(Level::detail, "scoop-run: " + printable(setup_.hosts[link].name + ": copied " + what) + "\n");
}

transport::Relay& JobLoop::relay_of(base::HostIndex host) {
    const auto send = [this, host](FrameType type, std::string_view payload) { links_[host]->send(type, payload); };
    return relays_.try_emplace(host, send, [this] { return root_broker_.connect(); }).first->second;
}

void JobLoop::on_closed(std::size_t link) {
    const auto host = static_cast<base::HostIndex>(link);
    if (const auto relay = relays_.find(host); relay != relays_.end()) relay->second.close();
    tell_core(event::Closed{host});
}

void JobLoop::on_violation(std::size_t link, const base::Failure& failure) {
    tell_core(event::Failed{static_cast<base::HostIndex>(link), problem_of("node", failure)});
    links_[link]->close();
}

void JobLoop::on_gone(std::size_t link) {
    const auto host = static_cast<base::HostIndex>(link);
    StartEvidence evidence = evidence_of(host);
    evidence.end = links_[link]->end();
    if (!evidence.is_local && !missing_libraries(evidence.errors).empty())
        evidence.libraries_here = libraries_.files_of(evidence.program_here, evidence.program_facts);
    std::string reason = "its node closed the control channel";
    if (evidence.end.problem) reason = evidence.end.problem->said;
    if (evidence.end.wait_status) reason = "its node " + base::describe_wait_status(*evidence.end.wait_status);
    tell_core(event::Gone{host, diagnose_end(evidence), std::move(reason)});
}

StartEvidence JobLoop::evidence_of(base::HostIndex host) const {
    StartEvidence evidence = links_[host]->evidence();
    evidence.host = setup_.hosts[host].name;
    evidence.origin = setup_.hosts[host].origin;
    if (evidence.program.empty()) {
        evidence.program = setup_.hosts[host].start.program;
        evidence.program_here = evidence.program;
        evidence.program_facts = setup_.hosts[host].program_facts;
    }
    evidence.has_setup = !setup_.hosts[host].start.setup.empty();
    evidence.is_local = setup_.hosts[host].is_local;
    evidence.starter = setup_.hosts[host].starter.words;
    evidence.call_back = setup_.hosts[host].starter.call_back;
    evidence.call_directory = base::user_directory();
    return evidence;
}

}  // namespace scoop::launcher
