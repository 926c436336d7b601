// The exceptions of scoop's own, all under scoop::Error. Values: copying one never throws; any thread.
//
// A task that throws does not end in one of these as a rule: exceptions of the std hierarchy and registered ones arrive
// at the waiter as their own type (register_exception.hpp). These say what the runtime itself has to report.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

namespace scoop {

/// The base of everything scoop throws by itself.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
    ~Error() override;
};

/// A task threw something whose type cannot travel: neither of the std hierarchy nor registered. `what()` is what the
/// original said; a thrown int, `const char*` or `std::string` says its value.
class RemoteError : public Error {
public:
    RemoteError(std::string type_name, const std::string& what, std::string host, std::uint32_t rank);
    ~RemoteError() override;

    /// The type that was thrown, as it is written in C++: "solver::Diverged".
    [[nodiscard]] const std::string& type_name() const noexcept;
    /// Where it was thrown.
    [[nodiscard]] const std::string& host() const noexcept;
    [[nodiscard]] std::uint32_t rank() const noexcept;

private:
    struct Origin;
    std::shared_ptr<const Origin> origin_;  // owned by all copies of the exception, so that copying cannot throw
};

/// A time limit ran out: of `get`, `wait`, `as_completed`, `get_const`, or of a task (TaskOptions::timeout).
class TimeoutError : public Error {
public:
    using Error::Error;
    ~TimeoutError() override;
};

/// The task waited for was cancelled, by `cancel()`, with the task that submitted it or with its Group or Results.
class CancelledError : public Error {
public:
    using Error::Error;
    ~CancelledError() override;
};

/// The processes that executed a task died under it too often, or no worker is left that could run it; `what()` says
/// all of the below as a sentence.
class WorkerLost : public Error {
public:
    /// How the process ended: by a signal, with a status, or (both zero) with its whole host.
    struct Ending {
        int signal = 0;
        int status = 0;
        std::uint64_t peak_kib = 0;  ///< see peak_memory
    };

    WorkerLost(std::string host, std::uint32_t rank, Ending ending, std::uint32_t attempts);
    /// `why` nobody is left to try again, said first.
    WorkerLost(const std::string& why, std::string host, std::uint32_t rank, Ending ending, std::uint32_t attempts);
    ~WorkerLost() override;

    /// Where the last of them ran; empty if that is not known.
    [[nodiscard]] const std::string& host() const noexcept;
    [[nodiscard]] std::uint32_t rank() const noexcept;
    /// The signal that ended it, 0 if it was none.
    [[nodiscard]] int signal() const noexcept;
    /// Its exit status, 0 if a signal ended it or nobody saw it end.
    [[nodiscard]] int status() const noexcept;
    /// The most memory that it had at once, in KiB; 0 if that is not known.
    [[nodiscard]] std::uint64_t peak_memory() const noexcept;
    /// How often the task was started.
    [[nodiscard]] std::uint32_t attempts() const noexcept;

private:
    struct Loss;
    std::shared_ptr<const Loss> loss_;  // owned by all copies of the exception, so that copying cannot throw
};

/// No worker of the job has the function: another build, or a lambda of another build. Names function, hosts, builds.
class FunctionNotFound : public Error {
public:
    using Error::Error;
    ~FunctionNotFound() override;
};

/// A value cannot be turned into bytes, or bytes do not make a value of the type asked for.
class SerializationError : public Error {
public:
    using Error::Error;
    ~SerializationError() override;
};

/// `set_const` of a name that the job has already.
class ConstantExists : public Error {
public:
    using Error::Error;
    ~ConstantExists() override;
};

}  // namespace scoop
