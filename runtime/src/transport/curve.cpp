#include "transport/curve.hpp"

#include <array>
#include <optional>
#include <utility>
#include <vector>
#include <zmq.hpp>
#include <zmq_addon.hpp>

namespace scoop::transport {

namespace {

constexpr const char* gate_endpoint = "inproc://zeromq.zap.01";
constexpr std::size_t key_text_size = 41;  // 40 characters of Z85 and the zero that ends them
constexpr std::size_t key_size = 32;

// The parts of a question of RFC 27, and how many there are when the mechanism is CURVE.
enum QuestionPart : std::size_t { version, request_id, domain, address, identity, mechanism, credentials, part_count };

bool is_allowed(const std::vector<zmq::message_t>& question, const std::set<std::string, std::less<>>& allowed) {
    if (question.size() != part_count || question[credentials].size() != key_size) return false;
    char text[key_text_size] = {};
    const auto* key = static_cast<const std::uint8_t*>(question[credentials].data());
    return question[version].to_string_view() == "1.0" && question[domain].to_string_view() == gate_domain &&
           question[mechanism].to_string_view() == "CURVE" && zmq_z85_encode(text, key, key_size) &&
           allowed.contains(text);
}

}  // namespace

base::Result<CurveKeyPair> make_curve_keys() {
    char public_key[key_text_size] = {};
    char secret_key[key_text_size] = {};
    if (zmq_curve_keypair(public_key, secret_key) != 0)
        return base::failure("make the job's keys", zmq_strerror(zmq_errno()), "libzmq must be built with CURVE");
    return CurveKeyPair{public_key, secret_key};
}

base::Result<ClientGate> ClientGate::open(Context& context, std::span<const std::string> allowed) {
    try {
        auto socket = std::make_unique<zmq::socket_t>(context.zmq(), zmq::socket_type::rep);
        socket->set(zmq::sockopt::linger, 0);
        socket->bind(gate_endpoint);
        ClientGate gate(std::move(socket));
        gate.allowed_ = {allowed.begin(), allowed.end()};
        return gate;
    } catch (const zmq::error_t& error) {
        return base::failure("open the gate for the job's hosts", error.what());
    }
}

std::optional<std::string> ClientGate::answer_all() {
    std::optional<std::string> stranger;
    for (;;) {
        std::vector<zmq::message_t> question;
        if (!zmq::recv_multipart(zmq(), std::back_inserter(question), zmq::recv_flags::dontwait)) return stranger;
        const bool may_enter = is_allowed(question, allowed_);
        if (!may_enter) stranger = question.size() > address ? question[address].to_string() : "";
        const std::string_view id = question.size() > request_id ? question[request_id].to_string_view() : "";
        const std::array<zmq::const_buffer, 6> answer = {
            zmq::str_buffer("1.0"), zmq::buffer(id),     may_enter ? zmq::str_buffer("200") : zmq::str_buffer("400"),
            zmq::str_buffer(""),    zmq::str_buffer(""), zmq::str_buffer("")};  // text, user, metadata
        zmq::send_multipart(zmq(), answer);
    }
}

}  // namespace scoop::transport
