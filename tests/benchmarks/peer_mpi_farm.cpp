// A farm on MPI, as one writes it by hand: rank 0 deals out elements in messages of 64, the others compute and answer.
// The workloads W1, W2, W5 and W6.
#include <mpi.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <vector>

#include "callees.hpp"
#include "report.hpp"

namespace {

enum Tag { work_tag = 1, result_tag = 2, end_tag = 3, payload_tag = 4 };
constexpr int per_message = 64;
constexpr int ahead = 4;  // messages on their way to each worker
constexpr std::size_t payload_bytes = std::size_t{4} << 20;
constexpr int payloads = 64;

int receive_numbers(std::vector<std::int64_t>& numbers, MPI_Status& status) {
    numbers.resize(per_message);
    MPI_Recv(numbers.data(), per_message, MPI_INT64_T, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
    int count = 0;
    MPI_Get_count(&status, MPI_INT64_T, &count);
    numbers.resize(static_cast<std::size_t>(count));
    return status.MPI_TAG;
}

void work_until_end() {
    std::vector<std::int64_t> numbers;
    MPI_Status status;
    while (receive_numbers(numbers, status) == work_tag) {
        for (auto& number : numbers) number = bench::same(number);
        MPI_Send(numbers.data(), static_cast<int>(numbers.size()), MPI_INT64_T, 0, result_tag, MPI_COMM_WORLD);
    }
}

std::int64_t deal_out(std::int64_t elements, int each, int workers) {
    std::vector<std::int64_t> numbers;
    std::int64_t next = 0;
    std::int64_t sum = 0;
    int on_their_way = 0;
    const auto send = [&](int worker) {
        if (next == elements) return;
        const auto count = static_cast<int>(std::min<std::int64_t>(each, elements - next));
        numbers.resize(static_cast<std::size_t>(count));
        for (auto& number : numbers) number = next++;
        MPI_Send(numbers.data(), count, MPI_INT64_T, worker, work_tag, MPI_COMM_WORLD);
        ++on_their_way;
    };
    for (int i = 0; i < ahead; ++i)
        for (int worker = 1; worker <= workers; ++worker) send(worker);
    while (on_their_way > 0) {
        MPI_Status status;
        (void)receive_numbers(numbers, status);
        --on_their_way;
        for (const auto number : numbers) sum += number;
        send(status.MPI_SOURCE);
    }
    return sum;
}

bool is_sum_right(std::int64_t elements, int workers) {
    return deal_out(elements, per_message, workers) == elements * (elements - 1) / 2;
}

bool measure_maps(int workers) {
    if (!bench::report_rate("100 k elements", 100e3, [&] { return is_sum_right(100'000, workers); })) return false;
    const bench::Stopwatch watch;
    const bool is_right = is_sum_right(10'000'000, workers);
    bench::report("10 M elements", 10e6 / watch.seconds(), "tasks/s");
    return is_right;
}

bool measure_latency() {
    std::vector<double> times;
    for (std::int64_t i = 0; i < 10'000; ++i) {
        const bench::Stopwatch watch;
        std::int64_t result = -1;
        MPI_Send(&i, 1, MPI_INT64_T, 1, work_tag, MPI_COMM_WORLD);
        MPI_Recv(&result, 1, MPI_INT64_T, 1, result_tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        if (result != i) return false;
        times.push_back(watch.seconds());
    }
    std::sort(times.begin(), times.end());
    bench::report("median", times[times.size() / 2] * 1e6, "us");
    bench::report("99th percentile", times[times.size() * 99 / 100] * 1e6, "us");
    return true;
}

// From `from` to the other of the ranks 0 and 1, each answered by one byte.
void send_payloads(int rank, int from) {
    std::vector<std::uint8_t> payload(payload_bytes, 1);
    const int other = 1 - rank;
    std::uint8_t answer = 1;
    const bench::Stopwatch watch;
    for (int i = 0; i < payloads; ++i) {
        if (rank == from) {
            MPI_Send(payload.data(), static_cast<int>(payload_bytes), MPI_BYTE, other, payload_tag, MPI_COMM_WORLD);
            MPI_Recv(&answer, 1, MPI_BYTE, other, payload_tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        } else {
            MPI_Recv(payload.data(), static_cast<int>(payload_bytes), MPI_BYTE, other, payload_tag, MPI_COMM_WORLD,
                     MPI_STATUS_IGNORE);
            MPI_Send(&answer, 1, MPI_BYTE, other, payload_tag, MPI_COMM_WORLD);
        }
    }
    if (rank == 0)
        bench::report(from == 0 ? "4 MiB arguments there" : "4 MiB results back",
                      static_cast<double>(payload_bytes) * payloads / watch.seconds(), "B/s");
}

void send_constant(int rank) {
    std::vector<std::uint8_t> constant(std::size_t{64} << 20, 1);
    for (const bool is_first : {true, false}) {
        MPI_Barrier(MPI_COMM_WORLD);
        const bench::Stopwatch watch;
        MPI_Bcast(constant.data(), static_cast<int>(constant.size()), MPI_BYTE, 0, MPI_COMM_WORLD);
        MPI_Barrier(MPI_COMM_WORLD);
        if (rank == 0 && !is_first) bench::report("64 MiB constant to all workers", watch.seconds(), "s");
    }
}

}  // namespace

int main(int argc, char** argv) {
    MPI_Init(&argc, &argv);
    int rank = 0;
    int size = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    bool is_right = size > 1;
    if (rank > 0) {
        work_until_end();
    } else if (is_right) {
        is_right = measure_maps(size - 1) && measure_latency();
        for (int worker = 1; worker < size; ++worker)
            MPI_Send(nullptr, 0, MPI_INT64_T, worker, end_tag, MPI_COMM_WORLD);
    }
    if (rank < 2 && size > 1) {
        send_payloads(rank, 0);
        send_payloads(rank, 1);
    }
    send_constant(rank);
    MPI_Finalize();
    if (!is_right) std::cerr << "mpi_farm: a result is wrong, or there is one process only\n";
    return is_right ? 0 : 1;
}
