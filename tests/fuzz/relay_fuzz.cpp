// Fuzzes the relay of the control channel: what the process at its other end says, and what the connections do.
//
// The first byte says which of the two ends it is: the launcher's opens connections, the node's accepts them. Then come
// steps, of a byte each and what they need: a frame as it stands or a well-formed one, bytes of a connection, its end.
//
// Whatever comes, the relay goes on or refuses with a sentence. What it sends can be read, is never more than it was
// allowed, and never comes behind the end of its connection; it returns no more credit than it got bytes; the bytes of
// a connection arrive in their order; and no descriptor is left open.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <optional>
#include <string>

#include "base/unique_fd.hpp"
#include "fuzz.hpp"
#include "transport/relay.hpp"

using namespace scoop;
using control::FrameType;

namespace {

constexpr std::uint8_t kinds_of_steps = 8;

int lowest_free_descriptor() {
    const base::UniqueFd probe(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return probe.get();
}

/// A connection of the relay: its far end, and what both may still say of it.
struct Connection {
    base::UniqueFd far_end;
    bool has_ended = true;                                 ///< said by the relay, or to it; or it has not begun
    std::uint64_t may_come = control::relay_credit_first;  ///< bytes that the relay may still send
    std::uint64_t not_credited = 0;                        ///< bytes that the relay was sent and has not credited
    std::string to_far_end;                                ///< of those bytes, what its far end has not read
};

/// Everything around one relay.
class World {
public:
    explicit World(bool is_launcher) : is_launcher_(is_launcher) {
        const auto send = [this](FrameType type, std::string_view payload) { on_frame(type, payload); };
        if (is_launcher)
            relay_.emplace(send, [this] { return connect(); });
        else
            relay_.emplace(send);
    }

    /// False: the relay has refused what it got, and the other side would be dropped.
    bool step(fuzz::Input& input) {
        const std::uint8_t kind = input.byte() % kinds_of_steps;
        const std::uint32_t number = input.byte();
        if (kind == 0) return say({FrameType::relay, std::string(input.chunk())});
        if (kind == 1) return say({FrameType::relay_credit, std::string(input.chunk())});
        if (kind == 2) return say({FrameType::relay, control::to_payload(control::RelayChunk{number, bytes(input)})});
        if (kind == 3)
            return say({FrameType::relay_credit, control::to_payload(control::RelayCredit{number, credit(input)})});
        if (kind == 4) add();
        if (kind == 5) write(number, bytes(input));
        if (kind == 6) read(number);
        if (kind == 7) connections_[number].far_end.reset();
        turn();
        return true;
    }
    [[nodiscard]] std::size_t streams() const { return relay_->streams(); }

private:
    static std::uint32_t credit(fuzz::Input& input) {
        const std::uint32_t high = input.byte();
        return 256u * high + input.byte();
    }
    // So many that a few dozen of them are more than any credit.
    static std::string bytes(fuzz::Input& input) {
        std::string bytes(1, static_cast<char>(input.byte()));
        bytes += "0123456789abcdefghijklmnopqrstuvwxyz";
        const std::size_t size = std::size_t{128} * input.byte();
        while (bytes.size() < size) bytes += bytes;
        bytes.resize(size);
        return bytes;
    }

    bool say(const control::Message& message) {
        if (message.type == FrameType::relay) {
            if (const auto chunk = control::parse_relay_chunk(message.payload)) expect(*chunk);
        } else if (const auto credit = control::parse_relay_credit(message.payload)) {
            connections_[credit->number].may_come += credit->bytes;
        }
        const auto taken = relay_->on_message(message);
        fuzz::require(taken || !taken.error().sentence().empty());
        const Connection& connection = connections_[opened_];
        fuzz::require(!taken || connection.has_ended || connection.not_credited <= control::relay_credit_first);
        return taken.has_value();
    }
    void expect(const control::RelayChunk& chunk) {
        opened_ = chunk.number;
        Connection& connection = connections_[chunk.number];
        connection.not_credited += chunk.bytes.size();
        connection.to_far_end += chunk.bytes;
        if (chunk.bytes.empty()) connection.has_ended = true;
    }

    base::Result<base::UniqueFd> connect() {
        Connection& connection = connections_[opened_];
        connection.has_ended = false;  // an end of what had not begun means nothing
        if (opened_ % 4 == 3) return base::failure("connect", "nobody is there");
        return make_connection(connection);
    }
    void add() {
        if (is_launcher_) return;
        const bool is_refused = relay_->streams() == transport::Relay::streams_max;
        Connection& connection = is_refused ? refused_ : connections_[++added_];
        connection.has_ended = false;
        relay_->add(make_connection(connection));
    }
    static base::UniqueFd make_connection(Connection& connection) {
        auto pair = base::make_socket_pair().value();
        fuzz::require(base::set_nonblocking(pair.first.get()) && base::set_nonblocking(pair.second.get()));
        connection.far_end = std::move(pair.first);
        return std::move(pair.second);
    }

    void write(std::uint32_t number, const std::string& bytes) {
        const int fd = connections_[number].far_end.get();
        if (fd >= 0) (void)::send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    void read(std::uint32_t number) {
        Connection& connection = connections_[number];
        char bytes[16 * 1024];
        const auto size = connection.far_end ? ::read(connection.far_end.get(), bytes, sizeof bytes) : 0;
        if (size <= 0) return;
        fuzz::require(connection.to_far_end.starts_with(std::string_view(bytes, static_cast<std::size_t>(size))));
        connection.to_far_end.erase(0, static_cast<std::size_t>(size));
    }
    void turn() {
        base::PollSet poll_set;
        relay_->watch(poll_set);
        poll_set.wait(base::Duration::zero());
    }

    void on_frame(FrameType type, std::string_view payload) {
        fuzz::require(payload.size() <= control::frame_size_max);
        if (type == FrameType::relay_credit) {
            const auto credit = control::parse_relay_credit(payload).value();
            Connection& connection = connections_[credit.number];
            fuzz::require(!connection.has_ended && credit.bytes <= connection.not_credited);
            connection.not_credited -= credit.bytes;
            return;
        }
        fuzz::require(type == FrameType::relay);
        const auto chunk = control::parse_relay_chunk(payload).value();
        Connection& connection = connections_[chunk.number];
        fuzz::require(!connection.has_ended && chunk.bytes.size() <= connection.may_come);
        connection.may_come -= chunk.bytes.size();
        connection.has_ended = chunk.bytes.empty();
    }

    std::map<std::uint32_t, Connection> connections_;
    std::optional<transport::Relay> relay_;
    bool is_launcher_;
    std::uint32_t opened_ = 0;  ///< the connection that the relay may be opening
    std::uint32_t added_ = 0;
    Connection refused_;  ///< one too many
};

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
    (void)::signal(SIGPIPE, SIG_IGN);  // as all processes of a job do
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const int lowest_before = lowest_free_descriptor();
    {
        World world(input.byte() % 2 == 0);
        while (!input.is_empty() && world.step(input)) fuzz::require(world.streams() <= transport::Relay::streams_max);
    }
    fuzz::require(lowest_free_descriptor() == lowest_before);
    return 0;
}
