// Is MPI in this program, too? Programs that another launcher starts may use both, and both talk with the launcher.
#pragma once

namespace scoop::node {

enum class MpiPresence {
    absent,
    to_be_initialized,  ///< linked with the program, which may call MPI_Init, or not
    initialized
};
/// Told from the functions of MPI that this process has. Any thread.
[[nodiscard]] MpiPresence mpi_presence();

}  // namespace scoop::node
