// Runtime: the one object of a process that takes part in a job, made by scoop::run and passed to nobody: the public
// functions reach it through current_runtime().
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "node/copy_member.hpp"
#include "node/root_job.hpp"
#include "protocol/control.hpp"
#include "worker/circle_search.hpp"
#include "worker/comm.hpp"
#include "worker/compute.hpp"
#include "worker/constants.hpp"
#include "worker/held_objects.hpp"
#include "worker/journal.hpp"
#include "worker/local_calls.hpp"
#include "worker/mail.hpp"
#include "worker/roster.hpp"

namespace scoop::api {

struct Runtime {
    control::WorkerConfig config;
    std::string host;
    std::unique_ptr<node::RootJob> own_job;    ///< in a root that is its own launcher; outlives comm
    std::unique_ptr<node::CopyMember> member;  ///< in another copy that another launcher has started; outlives comm
    worker::Mail mail;
    worker::Roster roster{mail};
    worker::LocalCalls local_calls{mail};
    worker::Constants constants{mail};
    detail::HeldObjects held_objects{mail};
    worker::CircleSearch circle_search{mail};
    std::unique_ptr<worker::Comm> comm;  ///< none in a job of one
    std::unique_ptr<worker::Compute> compute;
    std::unique_ptr<worker::Journal> journal;  ///< of a root that was asked for one
};

/// Null outside scoop::run.
[[nodiscard]] Runtime* current_runtime() noexcept;
void set_current_runtime(Runtime* runtime) noexcept;

}  // namespace scoop::api
