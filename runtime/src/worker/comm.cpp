#include "worker/comm.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <utility>

#include "base/assert.hpp"
#include "base/spinning.hpp"
#include "protocol/codec.hpp"
#include "protocol/limits.hpp"
#include "protocol/version.hpp"
#include "worker/bytes_sink.hpp"
#include "worker/cancel.hpp"

namespace scoop::worker {

namespace {

// A node that ends closes its broker's sockets and its workers' channels one after the other.
constexpr std::chrono::milliseconds end_notice_limit{1000};
// How long what is still to be sent may take when the job is over.
constexpr std::chrono::milliseconds farewell{1000};
// How long a worker that is told to end waits for a running task before it leaves without it.
constexpr std::chrono::milliseconds end_grace{100};
// A worker that nobody speaks to gives the memory back in which large values travelled, after so long or twice so long.
constexpr int keep_memory_ms = 1000;

}  // namespace

Comm::Comm(const control::WorkerConfig& config, base::UniqueFd control_fd, control::FrameReader frames)
    : config_(config),
      tags_(protocol::TagTable::of(config.hosts)),
      control_fd_(std::move(control_fd)),
      control_frames_(std::move(frames)),
      exported_(config.rank, config.incarnation) {
    for (const auto& host : config.hosts)
        for (const base::Rank rank : host.ranks)
            if (rank != 0 || config.root_works) working_.insert(rank);
}

Comm::~Comm() {
    if (thread_.joinable()) stop();
}

base::Result<void> Comm::start(Compute& compute, MailReader& mail_reader) {
    compute_ = &compute;
    mail_reader_ = &mail_reader;
    auto broker = transport::LocalClient::connect(config_.broker_endpoint);
    if (!broker) return base::unexpected(std::move(broker.error()));
    broker_ = std::move(*broker);
    thread_ = std::thread([this] { run(); });
    return {};
}

bool Comm::has_node_ended() const {
    pollfd item{control_fd_.get(), POLLRDHUP, 0};
    return ::poll(&item, 1, static_cast<int>(end_notice_limit.count())) > 0;
}

void Comm::wait_started() {
    std::unique_lock lock(mutex_);
    started_condition_.wait(lock, [this] { return started_; });
}

void Comm::stop() {
    poke(stopping);
    thread_.join();
}

void Comm::run() {
    pthread_setname_np(pthread_self(), "scoop-comm");
    send(protocol::Hello{protocol::version, config_.rank, config_.incarnation});
    read_control_frames();
    for (;;) {
        const unsigned news = news_.exchange(0, std::memory_order_seq_cst);
        read_messages();
        if ((news & demand) != 0) try_export(false);
        if ((news & hungry) != 0) ask_for_work();
        send_outgoing();
        mind_stragglers();
        if ((news & stopping) != 0) {
            broker_->close(farewell);
            return;
        }
        asleep_.store(!base::is_spinning(), std::memory_order_seq_cst);
        if (news_.load(std::memory_order_seq_cst) == 0) wait();
        asleep_.store(false, std::memory_order_relaxed);
    }
}

void Comm::wait() {
    transport::LocalStream& stream = broker_->stream();
    const short wanted = static_cast<short>(POLLIN | (stream.has_unsent() ? POLLOUT : 0));
    // What the broker's end means, the node says on the control channel.
    pollfd items[] = {
        {is_broker_gone_ ? -1 : stream.fd(), wanted, 0}, {wakeup_.fd(), POLLIN, 0}, {control_fd_.get(), POLLIN, 0}};
    auto look = time_to_look();
    if (look && look->count() == 0) {  // messages may come so often that the poll never runs out
        do_what_is_due();
        look = time_to_look();
    }
    const int quiet_ms = base::SharedBytes::has_kept_memory() ? keep_memory_ms : -1;
    const auto is_poked = [this] { return news_.load(std::memory_order_relaxed) != 0; };
    const int ready = base::poll_or_spin(items, look ? static_cast<int>(look->count()) : quiet_ms, is_poked);
    if (ready == 0 && is_poked()) return;
    if (ready == 0 && look) do_what_is_due();
    if (ready == 0 && !look) base::SharedBytes::give_back_unused();
    if (ready <= 0) return;
    if ((items[0].revents & POLLOUT) != 0) stream.flush();
    if (items[1].revents != 0) wakeup_.clear();
    if (items[2].revents != 0) read_control();
}

void Comm::poke(unsigned news) {
    news_.fetch_or(news, std::memory_order_seq_cst);
    if (asleep_.load(std::memory_order_seq_cst) && asleep_.exchange(false, std::memory_order_seq_cst)) wakeup_.signal();
}

void Comm::on_idle() { poke(hungry); }
void Comm::on_demand() { poke(demand); }

void Comm::on_remote_started(std::uint64_t) {
    const std::uint32_t waiting = remote_waiting_.fetch_sub(1, std::memory_order_relaxed) - 1;
    const std::uint64_t mean = task_nanoseconds_.load(std::memory_order_relaxed);
    if (WorkerCore::asks_ahead(waiting, mean) && !asked_ahead_.exchange(true, std::memory_order_relaxed)) poke(hungry);
}

void Comm::on_remote_finished(protocol::ResultItem result, std::uint64_t, std::uint64_t nanoseconds) {
    const std::uint64_t mean = task_nanoseconds_.load(std::memory_order_relaxed);
    task_nanoseconds_.store(WorkerCore::mean_with(mean, nanoseconds), std::memory_order_relaxed);
    {
        const std::lock_guard lock(mutex_);
        results_.push_back(std::move(result));
    }
    poke(outgoing);
}

void Comm::on_remote_part(protocol::ResultItem part) {
    {
        const std::lock_guard lock(mutex_);
        results_.push_back(std::move(part));
    }
    poke(outgoing);
}

void Comm::on_remote_ended_early(protocol::ResultItem result, const std::vector<std::uint64_t>& export_numbers) {
    cancel_exported(export_numbers);
    {
        const std::lock_guard lock(mutex_);
        results_.push_back(std::move(result));
    }
    poke(outgoing);
}

void Comm::post(base::Rank to, std::uint8_t subject, std::string content, protocol::Bytes value) {
    {
        const std::lock_guard lock(mutex_);
        posts_.push_back({to, config_.rank, subject, std::move(content), std::move(value)});
    }
    poke(outgoing);
}

void Comm::cancel_exported(const std::vector<std::uint64_t>& numbers) {
    if (numbers.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        cancelled_.insert(cancelled_.end(), numbers.begin(), numbers.end());
    }
    poke(outgoing);
}

void Comm::send_away(detail::Block& block) {
    {
        const std::lock_guard lock(mutex_);
        sent_away_.push_back(&block);
    }
    poke(outgoing);
}

void Comm::send(const protocol::Message& message) {
    transport::Attachments attachments;
    const std::string bytes = protocol::encode(message, attachments);
    broker_->stream().send(bytes, std::move(attachments));
}

void Comm::send_outgoing() {
    std::vector<protocol::ResultItem> items;
    std::vector<protocol::Post> posts;
    std::vector<std::uint64_t> cancelled;
    std::vector<detail::Block*> sent_away;
    {
        const std::lock_guard lock(mutex_);
        sent_away.swap(sent_away_);
        items.swap(results_);
        posts.swap(posts_);
        cancelled.swap(cancelled_);
    }
    for (auto& post : posts) send(std::move(post));
    if (!sent_away.empty()) send_tasks_away(sent_away);
    std::vector<base::TaskId> dropped;
    for (const auto number : cancelled) drop(exported_.id_of(number), dropped);
    cancel_away(std::move(dropped));
    send_results(std::move(items));
}

void Comm::send_results(std::vector<protocol::ResultItem> items) {
    protocol::Results batch;
    std::size_t bytes = 0;
    for (auto& item : items) {
        const auto task = remote_.find(item.id);
        if (task == remote_.end()) continue;  // it was answered before, when its time was up
        if (item.outcome != protocol::Outcome::part) remote_.erase(task);
        item.executor = config_.rank;
        bytes += item.payload.size();
        batch.items.push_back(std::move(item));
        if (bytes >= protocol::batch_bytes_max || batch.items.size() >= protocol::batch_items_max) {
            send(std::exchange(batch, {}));
            bytes = 0;
        }
    }
    if (!batch.items.empty()) send(std::move(batch));
}

void Comm::read_messages() {
    if (is_broker_gone_) return;
    using Input = transport::LocalStream::Input;
    transport::LocalStream& stream = broker_->stream();
    const auto input = stream.receive([this](std::string_view bytes, transport::Attachments&& attachments) {
        on_message(bytes, std::move(attachments));
    });
    if (input == Input::broken) die("what the host's broker sent cannot be read: " + stream.problem(), 125);
    is_broker_gone_ = input == Input::ended;
}

void Comm::on_message(std::string_view bytes, transport::Attachments&& attachments) {
    auto message = protocol::decode(bytes, std::move(attachments));
    if (!message) die("the host's broker sent what is not a message: " + message.error().sentence(), 125);
    std::visit([this](auto&& content) { receive(std::forward<decltype(content)>(content)); }, std::move(*message));
}

void Comm::receive(const protocol::Steal& steal) {
    core_.on_steal(steal.count);
    try_export(true);
}

void Comm::receive(protocol::Tasks&& tasks) {
    core_.on_tasks();
    compute_->disarm_demand();
    asked_ahead_.store(false, std::memory_order_relaxed);
    std::vector<detail::TaskRef> refs;
    refs.reserve(tasks.items.size());
    for (auto& item : tasks.items) {
        const base::TaskId id = item.id;
        const bool is_own = id.owner == config_.rank && id.incarnation == config_.incarnation;
        if (is_own && !exported_.find(id)) continue;  // it was cancelled while it came back
        refs.push_back(make_remote_task(std::move(item), *this));
        remote_.insert_or_assign(id, Here{refs.back()});
    }
    if (refs.empty()) {  // nothing wakes the compute thread, and what it had asked for is answered
        if (compute_->is_idle()) poke(hungry);
        return;
    }
    look_later();
    remote_waiting_.fetch_add(static_cast<std::uint32_t>(refs.size()), std::memory_order_relaxed);
    compute_->share(refs);
}

void Comm::receive(protocol::Results&& answered) {
    std::vector<base::TaskId> not_needed;
    for (auto& item : answered.items) {
        if (item.outcome == protocol::Outcome::part) {
            receive_part(std::move(item));
            continue;
        }
        const auto twin = exported_.twin_of(item.id);
        if (twin && item.outcome == protocol::Outcome::function_not_found) {  // the other one may be luckier
            lose_copy(item.id, *twin, nullptr);
            continue;
        }
        stragglers_.on_answered(item.id);
        const detail::TaskRef task = exported_.remove(item.id);
        if (twin) drop(*twin, not_needed);
        if (!task || !detail::try_take_back(task)) continue;
        task.block->type->accept(*task.block, {static_cast<detail::RemoteOutcome>(item.outcome), item.executor,
                                               received(std::move(item.payload))});
    }
    cancel_away(std::move(not_needed));
}

void Comm::receive_part(protocol::ResultItem&& item) {
    const detail::TaskRef task = exported_.find(item.id);
    if (!task || !detail::try_take_back(task)) return;
    detail::Block& block = *task.block;
    if (block.type->accept_part != nullptr)
        block.type->accept_part(block, {detail::RemoteOutcome::part, item.executor, received(std::move(item.payload))});
    if (detail::try_hand_over(block)) return;
    (void)exported_.remove(item.id);
    detail::complete(block);
}

void Comm::receive(const protocol::Cancel& cancel) {
    std::vector<protocol::ResultItem> answers;
    for (const auto& id : cancel.ids) {
        const auto found = remote_.find(id);
        if (found == remote_.end()) continue;
        // One that runs is answered when it returns, one that has just ended by its result.
        if (cancel_remote(found->second.task) != detail::TaskState::pending) continue;
        answers.push_back({.id = id, .outcome = protocol::Outcome::cancelled, .payload = {}});
    }
    send_results(std::move(answers));
}

// A task of another worker, with its children. In which state it was.
detail::TaskState Comm::cancel_remote(detail::TaskRef task) {
    const TreeCancelled ended = cancel_tree(task, detail::cancelled_flag);
    cancel_exported(ended.export_numbers);
    if (ended.before == detail::TaskState::pending) remote_waiting_.fetch_sub(1, std::memory_order_relaxed);
    return ended.before;
}

void Comm::receive(protocol::Post&& post) {
    mail_reader_->on_post(post.from, post.subject, std::move(post.content), std::move(post.value));
}

void Comm::receive(const protocol::Refused& refused) { die(refused.sentence, 125); }

void Comm::read_control() {
    char buffer[4096];
    const auto count = ::recv(control_fd_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        on_control_closed();
        return;
    }
    control_frames_.push({buffer, static_cast<std::size_t>(count)});
    read_control_frames();
}

void Comm::read_control_frames() {
    for (;;) {
        auto message = control_frames_.next();
        if (!message) die("the node sent what is not a control frame: " + message.error().sentence(), 125);
        if (!message->has_value()) return;
        if ((*message)->type == control::FrameType::start) {
            const std::lock_guard lock(mutex_);
            started_ = true;
            started_condition_.notify_all();
        }
    }
}

// The job is over, or the node is dead: either way this process has nothing left to do.
void Comm::on_control_closed() {
    if (config_.rank == 0) ::_exit(121);
    compute_->stop();
    const auto deadline = base::Clock::now() + end_grace;
    while (!compute_->has_stopped() && base::Clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    std::fflush(nullptr);
    if (const std::lock_guard lock(mutex_); last_act_) last_act_();
    ::_exit(0);
}

void Comm::set_last_act(std::function<void()> act) {
    const std::lock_guard lock(mutex_);
    last_act_ = std::move(act);
}

void Comm::die(const std::string& sentence, int status) {
    std::fprintf(stderr, "scoop: rank %u: %s\n", config_.rank, sentence.c_str());
    std::fflush(nullptr);
    ::_exit(status);
}

}  // namespace scoop::worker
