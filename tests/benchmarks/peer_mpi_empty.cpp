// An MPI program that does nothing (W8).
#include <mpi.h>

int main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    return MPI_Finalize();
}
