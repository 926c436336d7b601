#include "worker/circle_search.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "scoop/archive.hpp"
#include "worker/comm.hpp"
#include "worker/mail_content.hpp"

namespace scoop::worker {

CircleSearch::CircleSearch(Mail& mail) : mail_(mail) {
    using protocol::Bytes;
    mail_.on(Subject::waits_asked,
             [this](base::Rank from, const std::string& content, const Bytes&) { on_asked(from, content); });
    mail_.on(Subject::waits_told, [this](base::Rank, const std::string& content, const Bytes&) { on_told(content); });
    mail_.on(Subject::circle_found, [this](base::Rank, const std::string& content, const Bytes&) {
        auto [unconfirmed, chain] = detail::deserialize_from<std::tuple<std::vector<StrandId>, std::string>>(content);
        if (!unconfirmed.empty()) confirm({std::move(unconfirmed), std::move(chain)});
    });
}

void CircleSearch::connect(base::Rank own_rank, std::uint32_t incarnation, const Comm* comm, const LocalCalls& calls,
                           Compute& compute) {
    own_rank_ = own_rank;
    comm_ = comm;
    calls_ = &calls;
    compute_ = &compute;
    compute.look_elsewhere(*this, incarnation);
}

std::vector<SentBlock> CircleSearch::sent() const {
    std::vector<SentBlock> sent = calls_->unanswered();
    if (comm_ != nullptr) std::ranges::move(comm_->started_elsewhere(), std::back_inserter(sent));
    return sent;
}

void CircleSearch::on_stuck(WaitGraph&& graph) {
    const std::lock_guard lock(mutex_);
    ++number_;
    graph_ = std::move(graph);
    asked_.clear();
    go_on();
}

void CircleSearch::on_asked(base::Rank from, const std::string& content) {
    auto [number, tasks] = detail::deserialize_from<std::tuple<std::uint64_t, std::vector<TaskKey>>>(content);
    compute_->do_while_idle([this, from, number = number, tasks = std::move(tasks)] {
        const WaitGraph part = part_behind(compute_->seen_waits(), tasks);
        if (!part.strands.empty()) mail_.send(from, Subject::waits_told, written(number, part));
    });
}

void CircleSearch::on_told(const std::string& content) {
    auto [number, part] = detail::deserialize_from<std::tuple<std::uint64_t, WaitGraph>>(content);
    const std::lock_guard lock(mutex_);
    if (number != number_) return;
    merge(graph_, std::move(part));
    go_on();
}

// With the lock: the graph has grown.
void CircleSearch::go_on() {
    if (auto circle = find_circle(graph_)) {
        graph_ = {};
        ++number_;  // what is still answered comes too late
        pass_on({std::move(circle->strands), std::move(circle->chain)});
        return;
    }
    std::map<base::Rank, std::vector<TaskKey>> questions;
    for (const SentTask& task : graph_.sent)
        if (task.executor != own_rank_ && asked_.insert(task.key).second) questions[task.executor].push_back(task.key);
    for (const auto& [executor, tasks] : questions) mail_.send(executor, Subject::waits_asked, written(number_, tasks));
}

void CircleSearch::pass_on(const Verdict& verdict) {
    const base::Rank next = verdict.unconfirmed.back().rank;
    if (next == own_rank_) {
        confirm(verdict);
    } else {
        mail_.send(next, Subject::circle_found, written(verdict.unconfirmed, verdict.chain));
    }
}

void CircleSearch::confirm(Verdict verdict) {
    compute_->do_while_idle([this, verdict = std::move(verdict)]() mutable {
        const StrandId strand = verdict.unconfirmed.back();
        if (strand.idle_period != compute_->idle_period()) return;
        verdict.unconfirmed.pop_back();
        if (verdict.unconfirmed.empty()) {
            compute_->give_up(strand.number, verdict.chain);
        } else {
            pass_on(verdict);
        }
    });
}

}  // namespace scoop::worker
