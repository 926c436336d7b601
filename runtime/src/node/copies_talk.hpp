// What the copies of a program that another launcher has started say to each other until they are a job. Pure, but for
// this_place(); any thread.
//
// | message                                  | from, to           | what follows                                      |
// |------------------------------------------|--------------------|---------------------------------------------------|
// | start text, through the rendezvous       | rank 0 → all       | they connect to its Router, with CURVE            |
// | CopyHello                                | copy → rank 0      | once all have come, rank 0 knows who is where     |
// | JobDescription                           | rank 0 → the first | it starts the broker of its host                  |
// |                                          | copy of a host     |                                                   |
// | note: the broker's endpoint              | that copy → rank 0 |                                                   |
// | WorkerConfig, note: port and token       | rank 0 → copy      | it connects its lifeline, and to the broker       |
// | StartFailure                             | copy → rank 0      | the job ends                                      |
//
// These are frames of protocol/control, one or two in a message.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/failure.hpp"
#include "base/ids.hpp"
#include "protocol/control.hpp"

namespace scoop::node {

/// What has been said last goes out within this time or not at all.
constexpr std::chrono::milliseconds farewell{1000};

struct CopyHello {
    base::Rank rank = 0;
    std::string place;  ///< equal in copies that can share a broker
    control::NodeHello node;
};
[[nodiscard]] std::string to_message(const CopyHello& hello);
[[nodiscard]] base::Result<CopyHello> parse_copy_hello(std::string_view message);

struct CopyConfig {
    control::WorkerConfig worker;
    std::uint16_t lifeline_port = 0;
    std::string lifeline_token;
};
[[nodiscard]] std::string to_message(const CopyConfig& config);
[[nodiscard]] base::Result<CopyConfig> parse_copy_config(std::string_view message);

/// All the frames of a message.
[[nodiscard]] base::Result<std::vector<control::Message>> frames_of(std::string_view message);

/// The host and, as seen from here, the directory for sockets on it.
[[nodiscard]] std::string this_place();

}  // namespace scoop::node
