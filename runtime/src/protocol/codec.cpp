#include "protocol/codec.hpp"

#include <cstring>
#include <type_traits>

#include "base/assert.hpp"
#include "protocol/limits.hpp"
#include "protocol/wire.hpp"

namespace scoop::protocol {

namespace {

// The tag of a message is its place in the variant: both ends are built from the same list, and the handshake compares
// its version.
template <class T>
constexpr std::uint8_t tag_of() {
    return []<class... Ts>(std::type_identity<std::variant<Ts...>>) {
        std::uint8_t tag = 0;
        [[maybe_unused]] const bool found = ((std::is_same_v<T, Ts> || (++tag, false)) || ...);
        return tag;
    }(std::type_identity<Message>{});
}

// Sizes of the fixed part of an item; a count may promise no more items than these fit into the bytes left.
constexpr std::size_t id_size = 4 + 4 + 8;
constexpr std::size_t task_size_min = id_size + 4 + 8 + 1 + 4 + 4 + 4 + 8 + 8 + 4;
constexpr std::size_t result_size_min = id_size + 4 + 1 + 4;
constexpr std::size_t ending_size = 1 + 1 + 8;

// Stands where the length of an attachment would.
constexpr std::uint32_t attached = 0xffff'ffff;
static_assert(payload_size_max < attached);

// Writes into a buffer whose size was counted beforehand: growing a string by pieces costs several times as much.
class Writer {
public:
    Writer(std::size_t size, std::vector<Bytes>* attachments)
        : bytes_(size, '\0'), at_(bytes_.data()), attachments_(attachments) {}

    template <class T>
    void integer(T value) {
        at_ = put_integer(at_, value);
    }
    void block(std::string_view content) {
        integer(static_cast<std::uint32_t>(content.size()));
        std::memcpy(at_, content.data(), content.size());
        at_ += content.size();
    }
    void payload(const Bytes& content) {
        if (attachments_ == nullptr || content.shared() == nullptr) return block(content.view());
        integer(attached);
        attachments_->push_back(content);
    }
    void id(const base::TaskId& id) {
        integer(id.owner);
        integer(id.incarnation);
        integer(id.counter);
    }
    template <class Items>
    void count(const Items& items) {
        integer(static_cast<std::uint32_t>(items.size()));
    }
    std::string finish() {
        SCOOP_ASSERT(at_ == bytes_.data() + bytes_.size());
        return std::move(bytes_);
    }

private:
    std::string bytes_;
    char* at_;
    std::vector<Bytes>* attachments_;  // null: everything goes into the bytes
};

// Sizes without those of the payloads.
std::size_t size_of(const Hello&) { return 12; }
std::size_t size_of(const Welcome&) { return 0; }
std::size_t size_of(const Refused& m) { return 4 + m.sentence.size(); }
std::size_t size_of(const Request&) { return 4; }
std::size_t size_of(const Steal&) { return 4; }
std::size_t size_of(const Dry&) { return 0; }
std::size_t size_of(const Tasks& m) { return 4 + m.items.size() * task_size_min; }
std::size_t size_of(const Results& m) { return 4 + m.items.size() * result_size_min; }
std::size_t size_of(const Lost& m) {
    return 4 + m.ids.size() * id_size + 4 + m.loss.reason.size() + 4 + ending_size + 1 + 1;
}
std::size_t size_of(const RanksDown& m) { return 4 + m.ranks.size() * 4 + ending_size + 4; }
std::size_t size_of(const RankUp&) { return 8; }
std::size_t size_of(const HostJoined& m) { return 4 + 4 + m.name.size() + 4 + m.ranks.size() * 4; }
std::size_t size_of(const Cancel& m) { return 4 + m.ids.size() * id_size; }
std::size_t size_of(const Post& m) { return 4 + 4 + 1 + 4 + m.content.size() + 4; }

template <class Visitor>
void visit_payloads(const Tasks& m, Visitor visit) {
    for (const auto& item : m.items) visit(item.arguments);
}
template <class Visitor>
void visit_payloads(const Results& m, Visitor visit) {
    for (const auto& item : m.items) visit(item.payload);
}
template <class Visitor>
void visit_payloads(const Post& m, Visitor visit) {
    visit(m.value);
}
template <class Other, class Visitor>
void visit_payloads(const Other&, Visitor) {}

void write(Writer& out, const Hello& m) {
    out.integer(m.protocol_version);
    out.integer(m.peer);
    out.integer(m.incarnation);
}
void write(Writer&, const Welcome&) {}
void write(Writer& out, const Refused& m) {
    SCOOP_ASSERT(m.sentence.size() <= sentence_size_max);
    out.block(m.sentence);
}
void write(Writer& out, const Request& m) { out.integer(m.count); }
void write(Writer& out, const Steal& m) { out.integer(m.count); }
void write(Writer&, const Dry&) {}
void write(Writer& out, const Tasks& m) {
    out.count(m.items);
    for (const auto& item : m.items) {
        out.id(item.id);
        out.integer(item.attempt);
        out.integer(item.function);
        out.integer(static_cast<std::uint8_t>(item.priority));
        out.integer(item.retries);
        out.integer(item.timeout_ms);
        out.integer(item.kill_after_ms);
        out.integer(item.needs);
        out.integer(item.copy_of);
        out.payload(item.arguments);
    }
}
void write(Writer& out, const Results& m) {
    out.count(m.items);
    for (const auto& item : m.items) {
        out.id(item.id);
        out.integer(item.executor);
        out.integer(static_cast<std::uint8_t>(item.outcome));
        out.payload(item.payload);
    }
}
void write(Writer& out, const Ending& ending) {
    out.integer(ending.signal);
    out.integer(ending.status);
    out.integer(ending.peak_kib);
}
void write(Writer& out, const Lost& m) {
    SCOOP_ASSERT(m.loss.reason.size() <= sentence_size_max);
    out.count(m.ids);
    for (const auto& id : m.ids) out.id(id);
    out.block(m.loss.reason);
    out.integer(m.loss.rank);
    write(out, m.loss.ending);
    out.integer(static_cast<std::uint8_t>(m.loss.blame));
    out.integer(static_cast<std::uint8_t>(m.loss.is_final));
}
void write(Writer& out, const RanksDown& m) {
    out.count(m.ranks);
    for (const auto rank : m.ranks) out.integer(rank);
    write(out, m.ending);
    out.integer(m.returns_as);
}
void write(Writer& out, const RankUp& m) {
    out.integer(m.rank);
    out.integer(m.incarnation);
}
void write(Writer& out, const HostJoined& m) {
    out.integer(m.host);
    out.block(m.name);
    out.count(m.ranks);
    for (const auto rank : m.ranks) out.integer(rank);
}
void write(Writer& out, const Cancel& m) {
    out.count(m.ids);
    for (const auto& id : m.ids) out.id(id);
}
void write(Writer& out, const Post& m) {
    out.integer(m.to);
    out.integer(m.from);
    out.integer(m.subject);
    out.block(m.content);
    out.payload(m.value);
}

// Reads from untrusted bytes. After the first thing that is not there it stays failed, and everything it returns is
// empty or zero; the caller asks once at the end.
class Reader {
public:
    Reader(std::string_view bytes, std::vector<Bytes> attachments)
        : left_(bytes), attachments_(std::move(attachments)) {}

    template <class T>
    T integer() {
        if (!take(sizeof(T))) return 0;
        return get_integer<T>(taken_.data());
    }
    std::string block(std::uint64_t size_max) { return block_of(integer<std::uint32_t>(), size_max); }
    Bytes payload() {
        const auto size = integer<std::uint32_t>();
        if (size != attached) return block_of(size, payload_size_max);
        if (attachments_used_ == attachments_.size()) return fail("more attachments promised than there are");
        return std::move(attachments_[attachments_used_++]);
    }
    base::TaskId id() {
        base::TaskId id;
        id.owner = integer<std::uint32_t>();
        id.incarnation = integer<std::uint32_t>();
        id.counter = integer<std::uint64_t>();
        return id;
    }
    /// The number of items of a list, each at least `item_size_min` bytes; 0 when they cannot be there.
    std::size_t count(std::size_t item_size_min) {
        const auto count = integer<std::uint32_t>();
        if (count <= left_.size() / item_size_min) return count;
        fail("more items promised than there are bytes");
        return 0;
    }
    std::string fail(const char* reason) {
        if (!reason_) reason_ = reason;
        left_ = {};
        return {};
    }
    [[nodiscard]] bool has_failed() const { return reason_ != nullptr; }
    [[nodiscard]] const char* reason() const { return reason_; }
    [[nodiscard]] bool at_end() const { return left_.empty() && attachments_used_ == attachments_.size(); }

private:
    std::string block_of(std::uint32_t size, std::uint64_t size_max) {
        if (size > size_max) return fail("a length past its limit");
        if (!take(size)) return {};
        return std::string(taken_);
    }
    bool take(std::size_t size) {
        if (size > left_.size()) {
            fail("it ends too early");
            return false;
        }
        taken_ = left_.substr(0, size);
        left_.remove_prefix(size);
        return true;
    }

    std::string_view left_;
    std::string_view taken_;
    std::vector<Bytes> attachments_;
    std::size_t attachments_used_ = 0;
    const char* reason_ = nullptr;
};

void read(Reader& in, Hello& m) {
    m.protocol_version = in.integer<std::uint32_t>();
    m.peer = in.integer<std::uint32_t>();
    m.incarnation = in.integer<std::uint32_t>();
}
void read(Reader&, Welcome&) {}
void read(Reader& in, Refused& m) { m.sentence = in.block(sentence_size_max); }
void read(Reader& in, Request& m) { m.count = in.integer<std::uint32_t>(); }
void read(Reader& in, Steal& m) { m.count = in.integer<std::uint32_t>(); }
void read(Reader&, Dry&) {}
void read(Reader& in, Tasks& m) {
    m.items.resize(in.count(task_size_min));
    for (auto& item : m.items) {
        item.id = in.id();
        item.attempt = in.integer<std::uint32_t>();
        item.function = in.integer<std::uint64_t>();
        item.priority = static_cast<std::int8_t>(in.integer<std::uint8_t>());
        item.retries = in.integer<std::uint32_t>();
        item.timeout_ms = in.integer<std::uint32_t>();
        item.kill_after_ms = in.integer<std::uint32_t>();
        item.needs = in.integer<std::uint64_t>();
        item.copy_of = in.integer<std::uint64_t>();
        item.arguments = in.payload();
        if (in.has_failed()) return;
    }
}
void read(Reader& in, Results& m) {
    m.items.resize(in.count(result_size_min));
    for (auto& item : m.items) {
        item.id = in.id();
        item.executor = in.integer<std::uint32_t>();
        const auto outcome = in.integer<std::uint8_t>();
        if (outcome > static_cast<std::uint8_t>(Outcome::timed_out)) in.fail("an unknown outcome");
        item.outcome = static_cast<Outcome>(outcome);
        item.payload = in.payload();
        if (in.has_failed()) return;
    }
}
void read(Reader& in, Ending& ending) {
    ending.signal = in.integer<std::uint8_t>();
    ending.status = in.integer<std::uint8_t>();
    ending.peak_kib = in.integer<std::uint64_t>();
}
void read(Reader& in, Lost& m) {
    m.ids.resize(in.count(id_size));
    for (auto& id : m.ids) id = in.id();
    m.loss.reason = in.block(sentence_size_max);
    m.loss.rank = in.integer<std::uint32_t>();
    read(in, m.loss.ending);
    const auto blame = in.integer<std::uint8_t>();
    if (blame > static_cast<std::uint8_t>(Blame::host)) in.fail("an unknown blame");
    m.loss.blame = static_cast<Blame>(blame);
    const auto is_final = in.integer<std::uint8_t>();
    if (is_final > 1) in.fail("neither yes nor no");
    m.loss.is_final = is_final != 0;
}
void read(Reader& in, RanksDown& m) {
    m.ranks.resize(in.count(sizeof(base::Rank)));
    for (auto& rank : m.ranks) rank = in.integer<std::uint32_t>();
    read(in, m.ending);
    m.returns_as = in.integer<std::uint32_t>();
}
void read(Reader& in, RankUp& m) {
    m.rank = in.integer<std::uint32_t>();
    m.incarnation = in.integer<std::uint32_t>();
}
void read(Reader& in, HostJoined& m) {
    m.host = in.integer<std::uint32_t>();
    m.name = in.block(sentence_size_max);
    m.ranks.resize(in.count(sizeof(base::Rank)));
    for (auto& rank : m.ranks) rank = in.integer<std::uint32_t>();
}
void read(Reader& in, Cancel& m) {
    m.ids.resize(in.count(id_size));
    for (auto& id : m.ids) id = in.id();
}
void read(Reader& in, Post& m) {
    m.to = in.integer<std::uint32_t>();
    m.from = in.integer<std::uint32_t>();
    m.subject = in.integer<std::uint8_t>();
    m.content = in.block(payload_size_max);
    m.value = in.payload();
}

// Reads the one alternative of Message whose place is `tag`.
template <std::size_t Index = 0>
Message read_message(Reader& in, std::uint8_t tag) {
    if constexpr (Index == std::variant_size_v<Message>) {
        in.fail("an unknown message");
        return {};
    } else if (tag == Index) {
        Message message(std::in_place_index<Index>);
        read(in, std::get<Index>(message));
        return message;
    } else {
        return read_message<Index + 1>(in, tag);
    }
}

std::string encode(const Message& message, std::vector<Bytes>* attachments) {
    return std::visit(
        [attachments](const auto& m) {
            std::size_t size = 1 + size_of(m);
            visit_payloads(m, [&](const Bytes& payload) {
                if (attachments == nullptr || payload.shared() == nullptr) size += payload.size();
            });
            Writer out(size, attachments);
            out.integer(tag_of<std::decay_t<decltype(m)>>());
            write(out, m);
            return out.finish();
        },
        message);
}

}  // namespace

std::string encode(const Message& message) { return encode(message, nullptr); }

std::string encode(const Message& message, std::vector<Bytes>& attachments) { return encode(message, &attachments); }

base::Result<Message> decode(std::string_view bytes, std::vector<Bytes> attachments) {
    Reader in(bytes, std::move(attachments));
    const auto tag = in.integer<std::uint8_t>();
    Message message;
    if (!in.has_failed()) message = read_message(in, tag);
    if (!in.has_failed() && !in.at_end()) in.fail("there is more after its end");
    if (in.has_failed()) return base::failure("read a message", in.reason());
    return message;
}

}  // namespace scoop::protocol
