// HeldObject: this process's side of an object that several processes hold handles to: a shared value, a bound.
//
// The process that made it is its owner and keeps it while anybody holds it: handles here, or another process that has
// said so. A handle that travels in arguments is safe: its sender keeps the arguments until the result is in, and the
// word that somebody holds it arrives before that result, since both go the same way.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "scoop/detail/archive_core.hpp"
#include "scoop/detail/runtime.hpp"

namespace scoop::detail {

struct HandleId {
    std::uint32_t owner = 0;
    std::uint32_t incarnation = 0;  ///< of the owner
    std::uint64_t number = 0;
    friend auto operator<=>(const HandleId&, const HandleId&) = default;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(owner, incarnation, number);
    }
};

/// The first byte of a value on its way to another process; so even that of an empty value has bytes.
enum class ValueMark : char {
    value = 1,     ///< the value follows
    not_sent = 2,  ///< it could not be turned into bytes; a sentence that says why follows
};

/// Thrown where a value would have to be waited for, and must not: who gets it tries again when this one has come.
struct ValueAwaited {
    HandleId id;
};

class HeldObject {
public:
    HeldObject() = default;
    virtual ~HeldObject();  ///< of an own one: tells those who know it
    HeldObject(const HeldObject&) = delete;
    HeldObject& operator=(const HeldObject&) = delete;

    [[nodiscard]] const HandleId& id() const { return id_; }
    [[nodiscard]] bool is_own() const { return is_own_; }

    /// What another process needs to hold it too; handles within it are written as `shared_as` says, value or
    /// value_here. Any thread. May throw what serialization throws.
    virtual void write(ByteSink& sink, SharedAs shared_as) = 0;
    /// What came from another process: from the owner, or, for a bound, from a holder. Comm thread; short.
    virtual void receive(ReceivedBytes&& bytes) = 0;
    /// The owner was told that this rank holds it now.
    virtual void on_held_by(std::uint32_t) {}

private:
    friend class HeldObjects;
    HandleId id_;
    bool is_own_ = false;
};

/// Gives a new object its id; it is the owner's.
void own_object(const std::shared_ptr<HeldObject>& object);
/// A handle to the object of this id in this process; made by `make` if there is none. The owner is told of the first
/// handle, and of the end of the last.
std::shared_ptr<HeldObject> hold_object(const HandleId& id, const std::function<std::shared_ptr<HeldObject>()>& make);
/// The end of the last handle to an object of another process.
void release_object(const HandleId& id);
/// A handle if there is one already, else null.
std::shared_ptr<HeldObject> find_object(const HandleId& id);
/// Asks for the value of an object of another process: receive() will be called.
void request_object(const HandleId& id);
/// To the owner; by the owner: to all who hold it but one.
void send_bound(const HandleId& id, std::string bytes, std::optional<std::uint32_t> except);

}  // namespace scoop::detail
