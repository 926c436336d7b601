// What the tests with brokers on real sockets share: a directory for sockets, and waiting for what a broker tells.
#pragma once

#include <doctest/doctest.h>
#include <poll.h>

#include <chrono>
#include <string>
#include <utility>
#include <variant>

#include "base/clock.hpp"
#include "base/job_directory.hpp"
#include "broker/broker_thread.hpp"

constexpr std::chrono::seconds patience{60};  // of waits that end as soon as their condition holds

class JobDirectory {
public:
    JobDirectory() : made_(scoop::base::make_job_directory().value()) {}
    ~JobDirectory() { scoop::base::remove_job_directory(made_.path); }
    JobDirectory(const JobDirectory&) = delete;
    JobDirectory& operator=(const JobDirectory&) = delete;
    [[nodiscard]] std::string endpoint(const std::string& name) const { return "ipc://" + made_.path + "/" + name; }

private:
    scoop::base::JobDirectory made_;
};

/// Waits for an event of a kind and drops those before it.
template <class Event>
Event await(scoop::broker::BrokerThread& broker) {
    const auto deadline = scoop::base::Clock::now() + patience;
    while (scoop::base::Clock::now() < deadline) {
        for (auto& event : broker.take_events())
            if (auto* wanted = std::get_if<Event>(&event)) return std::move(*wanted);
        pollfd waits{broker.event_fd(), POLLIN, 0};
        ::poll(&waits, 1, 100);
    }
    FAIL("no event of this kind came");
    return {};
}
