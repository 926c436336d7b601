// The bare path of a task through a ZeroMQ broker (W2): a client, a ROUTER and a worker, three processes of one host
// over ipc, every step a blocking receive. What any broker on ZeroMQ takes at least when nothing spins.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "report.hpp"

namespace {

constexpr int tasks = 10'000;
constexpr int tasks_before = 1'000;

zmq::socket_t dealer(zmq::context_t& context, const std::string& endpoint, const std::string& name) {
    zmq::socket_t socket(context, zmq::socket_type::dealer);
    socket.set(zmq::sockopt::routing_id, name);
    socket.connect(endpoint);
    return socket;
}

// Hands what one says to the other, until it is an empty message.
void run_broker(const std::string& endpoint) {
    zmq::context_t context;
    zmq::socket_t router(context, zmq::socket_type::router);
    router.set(zmq::sockopt::router_mandatory, true);
    router.bind(endpoint);
    for (int hellos = 0; hellos < 2; ++hellos) {
        zmq::message_t from;
        zmq::message_t content;
        (void)router.recv(from);
        (void)router.recv(content);
    }
    router.send(zmq::str_buffer("client"), zmq::send_flags::sndmore);
    router.send(zmq::str_buffer("go"), zmq::send_flags::none);
    for (bool is_over = false; !is_over;) {
        zmq::message_t from;
        zmq::message_t content;
        (void)router.recv(from);
        (void)router.recv(content);
        is_over = content.size() == 0;
        router.send(from.to_string_view() == "client" ? zmq::str_buffer("worker") : zmq::str_buffer("client"),
                    zmq::send_flags::sndmore);
        router.send(content, zmq::send_flags::none);
    }
}

void run_worker(const std::string& endpoint) {
    zmq::context_t context;
    auto socket = dealer(context, endpoint, "worker");
    socket.send(zmq::str_buffer("hello"), zmq::send_flags::none);
    for (;;) {
        zmq::message_t task;
        (void)socket.recv(task);
        if (task.size() == 0) return;
        socket.send(task, zmq::send_flags::none);
    }
}

void run_client(const std::string& endpoint) {
    zmq::context_t context;
    auto socket = dealer(context, endpoint, "client");
    zmq::message_t answer;
    socket.send(zmq::str_buffer("hello"), zmq::send_flags::none);
    (void)socket.recv(answer);
    std::vector<double> times;
    for (int i = -tasks_before; i < tasks; ++i) {
        const bench::Stopwatch watch;
        socket.send(zmq::buffer(&i, sizeof i), zmq::send_flags::none);
        (void)socket.recv(answer);
        if (i >= 0) times.push_back(watch.seconds());
    }
    socket.send(zmq::message_t(), zmq::send_flags::none);
    std::sort(times.begin(), times.end());
    bench::report("median", times[times.size() / 2] * 1e6, "us");
    bench::report("99th percentile", times[times.size() * 99 / 100] * 1e6, "us");
}

}  // namespace

int main() {
    char directory[] = "/tmp/zmq_path.XXXXXX";
    if (::mkdtemp(directory) == nullptr) return 1;
    const std::string path = std::string(directory) + "/broker";
    const std::string endpoint = "ipc://" + path;
    for (auto* const role : {&run_broker, &run_worker}) {
        if (::fork() == 0) {
            role(endpoint);
            std::_Exit(0);
        }
    }
    run_client(endpoint);
    bool is_right = true;
    for (int status = 0; ::wait(&status) > 0;) is_right = is_right && status == 0;
    ::unlink(path.c_str());
    ::rmdir(directory);
    return is_right ? 0 : 1;
}
