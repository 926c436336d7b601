// CURVE: making keys, and the gate that lets only the job's own clients through. See RFC 26 and 27 of ZeroMQ.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/failure.hpp"
#include "transport/sockets.hpp"

namespace scoop::transport {

struct CurveKeyPair {  ///< Z85 text, 40 characters each
    std::string public_key;
    std::string secret_key;
};

/// A new key pair. Any thread. Fails when libzmq was built without CURVE.
[[nodiscard]] base::Result<CurveKeyPair> make_curve_keys();

/// The name under which every TCP Router asks the gate.
inline constexpr std::string_view gate_domain = "scoop";

/// Answers the question "may this client in?" for all TCP Routers of one context (the ZAP handler of RFC 27), inside
/// the loop of its owner: poll it, and call `answer_all` when it is readable. One per context, on the thread that made
/// it.
class ClientGate : public Socket {
public:
    /// Lets in the clients whose public keys are `allowed`, and nobody else.
    [[nodiscard]] static base::Result<ClientGate> open(Context& context, std::span<const std::string> allowed);
    /// Lets in this one, too.
    void allow(std::string client_public_key) { allowed_.insert(std::move(client_public_key)); }
    /// Answers every question that has arrived. The address of one that was not let in, if there was one.
    [[nodiscard]] std::optional<std::string> answer_all();

private:
    using Socket::Socket;
    std::set<std::string, std::less<>> allowed_;
};

}  // namespace scoop::transport
