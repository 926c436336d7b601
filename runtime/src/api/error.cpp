// The exceptions' out-of-line parts. Their destructors stand here so that each type has its type information in one
// object file: a program and its shared libraries then agree in catch clauses.
#include "scoop/error.hpp"

#include <string.h>

#include <string>
#include <utility>

namespace scoop {

struct RemoteError::Origin {
    std::string type_name;
    std::string host;
    std::uint32_t rank;
};

struct WorkerLost::Loss {
    std::string host;
    std::uint32_t rank;
    Ending ending;
    std::uint32_t attempts;
};

namespace {

std::string ending_in_words(WorkerLost::Ending ending) {
    std::string words;
    if (ending.signal != 0) {
        const char* name = ::sigabbrev_np(ending.signal);
        words = ", killed by signal " + std::to_string(ending.signal) +
                (name == nullptr ? "" : " (SIG" + std::string(name) + ")");
    } else if (ending.status != 0) {
        words = ", which exited with status " + std::to_string(ending.status);
    }
    if (ending.peak_kib != 0)
        words += ", with " + std::to_string((ending.peak_kib + 1023) / 1024) + " MiB of memory at most";
    return words;
}

std::string place_in_words(const std::string& host, std::uint32_t rank) {
    return host + " (rank " + std::to_string(rank) + ")";
}

std::string loss_sentence(const std::string& host, std::uint32_t rank, WorkerLost::Ending ending,
                          std::uint32_t attempts) {
    return "the task was lost with its worker in " + std::to_string(attempts) +
           (attempts == 1 ? " attempt" : " attempts") + ", the last on " + place_in_words(host, rank) +
           ending_in_words(ending);
}

std::string last_sentence(const std::string& why, const std::string& host, std::uint32_t rank,
                          WorkerLost::Ending ending) {
    return host.empty() ? why : why + "; the last was on " + place_in_words(host, rank) + ending_in_words(ending);
}

}  // namespace

Error::~Error() = default;
RemoteError::~RemoteError() = default;
TimeoutError::~TimeoutError() = default;
CancelledError::~CancelledError() = default;
WorkerLost::~WorkerLost() = default;
FunctionNotFound::~FunctionNotFound() = default;
SerializationError::~SerializationError() = default;
ConstantExists::~ConstantExists() = default;

RemoteError::RemoteError(std::string type_name, const std::string& what, std::string host, std::uint32_t rank)
    : Error(what), origin_(std::make_shared<const Origin>(Origin{std::move(type_name), std::move(host), rank})) {}

const std::string& RemoteError::type_name() const noexcept { return origin_->type_name; }
const std::string& RemoteError::host() const noexcept { return origin_->host; }
std::uint32_t RemoteError::rank() const noexcept { return origin_->rank; }

WorkerLost::WorkerLost(std::string host, std::uint32_t rank, Ending ending, std::uint32_t attempts)
    : Error(loss_sentence(host, rank, ending, attempts)),
      loss_(std::make_shared<const Loss>(Loss{std::move(host), rank, ending, attempts})) {}

WorkerLost::WorkerLost(const std::string& why, std::string host, std::uint32_t rank, Ending ending,
                       std::uint32_t attempts)
    : Error(last_sentence(why, host, rank, ending)),
      loss_(std::make_shared<const Loss>(Loss{std::move(host), rank, ending, attempts})) {}

const std::string& WorkerLost::host() const noexcept { return loss_->host; }
std::uint32_t WorkerLost::rank() const noexcept { return loss_->rank; }
int WorkerLost::signal() const noexcept { return loss_->ending.signal; }
int WorkerLost::status() const noexcept { return loss_->ending.status; }
std::uint64_t WorkerLost::peak_memory() const noexcept { return loss_->ending.peak_kib; }
std::uint32_t WorkerLost::attempts() const noexcept { return loss_->attempts; }

}  // namespace scoop
