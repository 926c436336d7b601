#include "worker/local_calls.hpp"

#include <algorithm>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "scoop/archive.hpp"
#include "scoop/detail/exception_codec.hpp"
#include "scoop/detail/runtime.hpp"
#include "scoop/error.hpp"
#include "worker/bytes_sink.hpp"
#include "worker/compute.hpp"
#include "worker/function_table.hpp"
#include "worker/wait_graph.hpp"

namespace scoop::worker {

namespace {

// Plain aggregates: the archive writes their members.
struct CallLetter {
    std::uint64_t number = 0;
    std::uint64_t function = 0;
};
struct AnswerLetter {
    std::uint64_t number = 0;
    detail::RemoteOutcome outcome = detail::RemoteOutcome::value;
};

base::TaskId key_of(base::Rank caller, std::uint64_t number) { return {caller, called_there, number}; }

struct NoParts final : detail::PartSink {
    void send(const std::function<void(detail::ByteSink&)>&) override {}
};

// What a call from another worker comes to, on the compute thread.
struct CalledHere final : detail::LocalWork {
    CalledHere(Mail& answers_by, base::Rank caller_rank, const CallLetter& call, protocol::Bytes given)
        : mail(answers_by), caller(caller_rank), letter(call), arguments(std::move(given)) {}

    void run() noexcept override {
        AnswerLetter answer{letter.number, detail::RemoteOutcome::value};
        protocol::Bytes payload;
        if (const auto* entry = find_function(letter.function)) {
            Strand& strand = Compute::current()->strand();
            const CalledExecution called{key_of(caller, letter.number), entry->name, strand.execution, strand.called};
            strand.called = &called;
            try {
                NoParts parts;
                BytesSink value;
                entry->execute(arguments.view(), value, parts);
                payload = value.take();
            } catch (...) {
                answer.outcome = detail::RemoteOutcome::exception;
                payload = detail::encode_exception(std::current_exception(), detail::this_host(), detail::this_rank());
            }
            strand.called = called.outer;
        } else {
            answer.outcome = detail::RemoteOutcome::function_not_found;
            payload = detail::this_host();
        }
        std::string bytes;
        detail::serialize_into(bytes, answer);
        mail.send(caller, Subject::called, std::move(bytes), std::move(payload));
    }

    Mail& mail;
    const base::Rank caller;
    const CallLetter letter;
    const protocol::Bytes arguments;
};

}  // namespace

LocalCalls::LocalCalls(Mail& mail) : mail_(mail) {
    mail_.on(Subject::call, [this](base::Rank from, std::string&& content, protocol::Bytes&& arguments) {
        on_call(from, content, std::move(arguments));
    });
    mail_.on(Subject::called, [this](base::Rank from, std::string&& content, protocol::Bytes&& payload) {
        on_called(from, content, std::move(payload));
    });
    mail_.on_down([this](const auto& down) { on_down(down); });
    mail_.on_up([this](base::Rank rank) { on_up(rank); });
}

void LocalCalls::call(detail::Block& block, base::Rank rank) {
    CallLetter letter;
    letter.function = block.type->function(block);
    BytesSink arguments;
    block.type->write_arguments(block, arguments);
    const detail::TaskRef task = detail::reference(block);
    detail::publish(block);
    (void)detail::try_claim(task);
    detail::adopt(block, nullptr);
    letter.number = mail_.take_number();
    Letter call{{}, arguments.take()};
    detail::serialize_into(call.content, letter);
    Pending pending{&block, rank, {}};
    std::optional<protocol::Ending> ending;
    {
        const std::lock_guard lock(mutex_);
        const auto down = down_.find(rank);
        if (down != down_.end() && !down->second.returns) {
            ending = down->second.ending;
        } else {
            if (down != down_.end()) pending.unsent = std::exchange(call, {});
            pending_.emplace(letter.number, std::move(pending));
        }
    }
    if (ending)
        fail(pending, *ending);
    else if (!call.content.empty())
        send(rank, std::move(call));
}

void LocalCalls::send(base::Rank rank, Letter&& call) {
    mail_.send(rank, Subject::call, std::move(call.content), std::move(call.arguments));
}

std::vector<SentBlock> LocalCalls::unanswered() const {
    const std::lock_guard lock(mutex_);
    std::vector<SentBlock> calls;
    for (const auto& [number, call] : pending_)
        calls.push_back(
            {detail::reference(*call.block), key_of(mail_.own_rank(), number), call.rank, detail::TaskState::running});
    return calls;
}

void LocalCalls::on_call(base::Rank from, std::string_view content, protocol::Bytes&& arguments) {
    detail::run_local(
        std::make_unique<CalledHere>(mail_, from, detail::deserialize_from<CallLetter>(content), std::move(arguments)));
}

void LocalCalls::on_called(base::Rank from, std::string_view content, protocol::Bytes&& payload) {
    const auto answer = detail::deserialize_from<AnswerLetter>(content);
    std::optional<Pending> call;
    {
        const std::lock_guard lock(mutex_);
        const auto found = pending_.find(answer.number);
        if (found == pending_.end() || found->second.rank != from) return;
        call = std::move(found->second);
        pending_.erase(found);
    }
    call->block->type->accept(*call->block, {answer.outcome, from, received(std::move(payload))});
}

void LocalCalls::on_down(const protocol::RanksDown& down) {
    const bool returns = down.returns_as != 0;
    std::vector<Pending> lost;
    {
        const std::lock_guard lock(mutex_);
        for (const base::Rank rank : down.ranks) down_.insert_or_assign(rank, Down{down.ending, returns});
        std::erase_if(pending_, [&](const auto& entry) {
            const Pending& call = entry.second;
            const bool is_lost = std::ranges::count(down.ranks, call.rank) != 0 && !(returns && call.unsent);
            if (is_lost) lost.push_back(call);
            return is_lost;
        });
    }
    for (const Pending& call : lost) fail(call, down.ending);
}

void LocalCalls::on_up(base::Rank rank) {
    std::vector<Letter> calls;
    {
        const std::lock_guard lock(mutex_);
        down_.erase(rank);
        for (auto& [number, call] : pending_) {
            if (call.rank != rank || !call.unsent) continue;
            calls.push_back(std::move(*call.unsent));
            call.unsent.reset();
        }
    }
    for (auto& call : calls) send(rank, std::move(call));
}

void LocalCalls::fail(const Pending& call, protocol::Ending ending) {
    const WorkerLost error(detail::host_of(call.rank), call.rank, {ending.signal, ending.status, ending.peak_kib}, 1);
    call.block->type->accept(*call.block, {detail::RemoteOutcome::exception, call.rank,
                                           detail::encode_exception(std::make_exception_ptr(error), detail::this_host(),
                                                                    detail::this_rank())});
}

}  // namespace scoop::worker
