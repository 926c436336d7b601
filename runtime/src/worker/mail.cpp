#include "worker/mail.hpp"

#include <cstdio>
#include <exception>
#include <utility>

#include "scoop/detail/exception_codec.hpp"

namespace scoop::worker {

void Mail::connect(const control::WorkerConfig& config, Comm* comm) {
    own_rank_ = config.rank;
    next_number_ = std::uint64_t{config.incarnation} << 40;
    comm_ = comm;
    on(Subject::started, [comm](base::Rank from, const std::string& content, const protocol::Bytes&) {
        comm->on_started(from, content);
    });
}

void Mail::send(base::Rank to, Subject subject, std::string content, protocol::Bytes value) {
    if (to == own_rank_) {
        on_post(to, static_cast<std::uint8_t>(subject), std::move(content), std::move(value));
    } else if (comm_ != nullptr) {
        comm_->post(to, static_cast<std::uint8_t>(subject), std::move(content), std::move(value));
    }
}

void Mail::on_post(base::Rank from, std::uint8_t subject, std::string&& content, protocol::Bytes&& value) {
    if (subject >= handlers_.size() || !handlers_[subject]) return;
    try {
        handlers_[subject](from, std::move(content), std::move(value));
    } catch (...) {
        // Another worker's fault, or that of a type's own code: it goes without an answer, and this one goes on.
        const auto [type_name, what] = detail::describe_exception(std::current_exception());
        std::fprintf(stderr, "scoop: rank %u: mail from rank %u cannot be read: %s: %s\n", own_rank_, from,
                     type_name.c_str(), what.c_str());
    }
}

void Mail::on_ranks_down(const protocol::RanksDown& down) {
    for (const auto& handler : down_handlers_) handler(down);
}

void Mail::on_rank_up(base::Rank rank) {
    for (const auto& handler : up_handlers_) handler(rank);
}

void Mail::on_host_joined(const protocol::HostJoined& joined) {
    for (const auto& handler : joined_handlers_) handler(joined);
}

}  // namespace scoop::worker
