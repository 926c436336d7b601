// scoop: futures over processes and machines. The one header most programs include.
#pragma once

#include "scoop/best.hpp"
#include "scoop/completed.hpp"
#include "scoop/constants.hpp"
#include "scoop/detail/program_note.hpp"
#include "scoop/error.hpp"
#include "scoop/function.hpp"
#include "scoop/future.hpp"
#include "scoop/group.hpp"
#include "scoop/log.hpp"
#include "scoop/map.hpp"
#include "scoop/map_reduce.hpp"
#include "scoop/on_each_worker.hpp"
#include "scoop/range.hpp"
#include "scoop/register_exception.hpp"
#include "scoop/run.hpp"
#include "scoop/shared.hpp"
#include "scoop/submit.hpp"
#include "scoop/task_name.hpp"
#include "scoop/task_options.hpp"
#include "scoop/timeout.hpp"
#include "scoop/topology.hpp"
#include "scoop/wait.hpp"

/// The whole interface. A program gives its main function to run(), and calls submit(), map() and their relatives
/// inside.
namespace scoop {}
