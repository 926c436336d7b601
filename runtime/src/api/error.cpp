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

std::string loss_sentence(const std::string& host, std::uint32_t rank, WorkerLost::Ending ending,
                          std::uint32_t attempts) {
    std::string sentence = "the task was lost with its worker in " + std::to_string(attempts) +
                           (attempts == 1 ? " attempt" : " attempts") + ", the last on " + host + " (rank " +
                           std::to_string(rank) + ")";
    if (ending.signal != 0) {
        const char* name = ::sigabbrev_np(ending.signal);
        sentence += ", killed by signal " + std::to_string(ending.signal);
        if (name != nullptr) sentence += std::string(" (SIG") + name + ")";
    } else if (ending.status != 0) {
        sentence += ", which exited with status " + std::to_string(ending.status);
    }
    return sentence;
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

const std::string& WorkerLost::host() const noexcept { return loss_->host; }
std::uint32_t WorkerLost::rank() const noexcept { return loss_->rank; }
int WorkerLost::signal() const noexcept { return loss_->ending.signal; }
int WorkerLost::status() const noexcept { return loss_->ending.status; }
std::uint32_t WorkerLost::attempts() const noexcept { return loss_->attempts; }

}  // namespace scoop
