#include "launcher/agent_key.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "launcher/text_file.hpp"

namespace scoop::launcher {

namespace {

constexpr char request_identities = 11;  // SSH_AGENTC_REQUEST_IDENTITIES
constexpr char identities_answer = 12;   // SSH_AGENT_IDENTITIES_ANSWER
constexpr char sign_request = 13;        // SSH_AGENTC_SIGN_REQUEST
constexpr std::size_t message_size_max = 256 * 1024;
constexpr timeval agent_time_max{5, 0};

std::string u32(std::size_t value) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 255u);
    return bytes;
}

std::optional<std::size_t> take_u32(std::string_view& bytes) {
    if (bytes.size() < 4) return std::nullopt;
    std::size_t value = 0;
    for (const char byte : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(byte);
    bytes.remove_prefix(4);
    return value;
}

std::optional<std::string_view> take_string(std::string_view& bytes) {
    const auto size = take_u32(bytes);
    if (!size || *size > bytes.size()) return std::nullopt;
    const std::string_view taken = bytes.substr(0, *size);
    bytes.remove_prefix(*size);
    return taken;
}

bool send_message(int fd, std::string_view message) {
    const std::string bytes = u32(message.size()).append(message);
    for (std::string_view rest = bytes; !rest.empty();) {
        const auto sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0) return false;
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

std::optional<std::string> receive_message(int fd) {
    const auto receive = [fd](std::size_t size) -> std::optional<std::string> {
        std::string bytes(size, '\0');
        if (::recv(fd, bytes.data(), size, MSG_WAITALL) != static_cast<ssize_t>(size)) return std::nullopt;
        return bytes;
    };
    const auto head = receive(4);
    if (!head) return std::nullopt;
    std::string_view rest = *head;
    const std::size_t size = *take_u32(rest);
    return size == 0 || size > message_size_max ? std::nullopt : receive(size);
}

base::UniqueFd connect_to_agent(const std::string& named) {
    const char* path = named.empty() ? std::getenv("SSH_AUTH_SOCK") : named.c_str();
    sockaddr_un address{};
    if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) return {};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path);
    base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    return fd;
}

std::vector<std::string> keys_of(int agent) {
    (void)::setsockopt(agent, SOL_SOCKET, SO_RCVTIMEO, &agent_time_max, sizeof agent_time_max);
    std::optional<std::string> answer;
    if (send_message(agent, {&request_identities, 1})) answer = receive_message(agent);
    // To sign may take longer: somebody has to touch a token.
    constexpr timeval without_end{0, 0};
    (void)::setsockopt(agent, SOL_SOCKET, SO_RCVTIMEO, &without_end, sizeof without_end);
    return answer ? keys_in_answer(*answer) : std::vector<std::string>{};
}

std::unique_ptr<AgentKey> make_key(base::UniqueFd agent, std::vector<AgentKey::Key> keys) {
    auto ends = base::make_socket_pair();
    if (keys.empty() || !ends) return nullptr;
    return std::make_unique<AgentKey>(std::move(agent), std::move(*ends), std::move(keys));
}

}  // namespace

std::string key_bytes_in(const std::string& file) {
    const auto text = read_text_file("read the key " + file, file, "a key");
    return text ? key_file_bytes(*text) : std::string();
}

std::string key_file_bytes(std::string_view text) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.starts_with("-----")) {
        const auto line_end = text.find('\n');
        if (line_end == std::string_view::npos) return {};
        text.remove_prefix(line_end);
        text = text.substr(0, text.find("\n-----"));
    } else {  // a kind, the key, a comment
        const auto space = text.find(' ');
        if (space == std::string_view::npos) return {};
        text = text.substr(space + 1, text.find_first_of(" \r\n", space + 1) - space - 1);
    }
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char digit : text) {
        const auto value = digits.find(digit);
        if (value == std::string_view::npos) {
            if (digit == '=' || digit == '\r' || digit == '\n') continue;
            return {};
        }
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 255u);
    }
    return bytes;
}

std::vector<std::string> keys_in_answer(std::string_view answer) {
    if (answer.empty() || answer.front() != identities_answer) return {};
    answer.remove_prefix(1);
    (void)take_u32(answer);  // how many; they end with the answer
    std::vector<std::string> keys;
    for (auto key = take_string(answer); key && !key->empty(); key = take_string(answer)) {
        keys.emplace_back(*key);
        (void)take_string(answer);  // a comment
    }
    return keys;
}

std::string signing_with(std::string_view request, const std::string& shown, const std::string& held) {
    std::string_view rest = request;
    if (shown == held || !rest.starts_with(sign_request)) return std::string(request);
    rest.remove_prefix(1);
    if (take_string(rest) != shown) return std::string(request);
    return (std::string(1, sign_request) + u32(held.size()) + held).append(rest);
}

// A certificate (PROTOCOL.certkeys of OpenSSH) has behind its kind and a random number what the key has behind its
// kind.
std::string plain_key(std::string_view key) {
    constexpr std::string_view ending = "-cert-v01@openssh.com";
    std::string_view rest = key;
    const auto kind = take_string(rest);
    if (!kind || !kind->ends_with(ending)) return std::string(key);
    const std::string_view plain_kind = kind->substr(0, kind->size() - ending.size());
    const bool is_on_token = plain_kind.starts_with("sk-");
    const bool is_ed25519 = plain_kind.find("ed25519") != std::string_view::npos;
    const int fields = (is_ed25519 ? 1 : 2) + (is_on_token ? 1 : 0);
    if (!take_string(rest)) return std::string(key);
    std::string plain_name(plain_kind);
    if (is_on_token) plain_name += "@openssh.com";
    std::string plain = u32(plain_name.size()) + plain_name;
    for (int k = 0; k < fields; ++k) {
        const auto field = take_string(rest);
        if (!field) return std::string(key);
        plain += u32(field->size()).append(*field);
    }
    return plain;
}

std::unique_ptr<AgentKey> AgentKey::find(const std::string& key_file, const std::string& agent) {
    base::UniqueFd connection = connect_to_agent(agent);
    if (!connection) return nullptr;
    const std::string named[] = {key_bytes_in(key_file), key_bytes_in(key_file + ".pub")};
    std::vector<Key> keys;
    for (const std::string& key : keys_of(connection.get())) {
        const std::string plain = plain_key(key);
        const bool is_named = std::any_of(std::begin(named), std::end(named), [&](const std::string& bytes) {
            return bytes.find(plain) != std::string::npos;
        });
        if (!is_named) continue;
        // Most hosts that want a certificate know no keys, and a host hears only a few.
        const bool is_certificate = plain != key;
        keys.insert(is_certificate ? keys.begin() : keys.end(), Key{key, key});
    }
    return make_key(std::move(connection), std::move(keys));
}

std::unique_ptr<AgentKey> AgentKey::find_certificate(const std::string& file, const std::string& agent) {
    base::UniqueFd connection = connect_to_agent(agent);
    if (!connection) return nullptr;
    const std::string certificate = key_bytes_in(file);
    const std::string plain = plain_key(certificate);
    std::vector<Key> keys;
    for (const std::string& key : keys_of(connection.get()))
        if (keys.empty() && plain != certificate && (key == plain || key == certificate))
            keys.push_back({certificate, key});
    return make_key(std::move(connection), std::move(keys));
}

AgentKey::AgentKey(base::UniqueFd agent, base::FdPair ends, std::vector<Key> keys)
    : agent_(std::move(agent)), ends_(std::move(ends)), keys_(std::move(keys)), thread_([this] { serve(); }) {}

AgentKey::~AgentKey() {
    (void)::shutdown(ends_.first.get(), SHUT_RDWR);
    (void)::shutdown(agent_.get(), SHUT_RDWR);
    thread_.join();
}

void AgentKey::serve() const {
    std::string only_these = std::string(1, identities_answer) + u32(keys_.size());
    for (const Key& key : keys_) only_these += u32(key.shown.size()) + key.shown + u32(0);
    while (const auto request = receive_message(ends_.first.get())) {
        std::optional<std::string> answer = only_these;
        if (request->front() != request_identities) {
            std::string asked = *request;
            for (const Key& key : keys_) asked = signing_with(asked, key.shown, key.held);
            if (!send_message(agent_.get(), asked)) return;
            answer = receive_message(agent_.get());
        }
        if (!answer || !send_message(ends_.first.get(), *answer)) return;
    }
}

}  // namespace scoop::launcher
