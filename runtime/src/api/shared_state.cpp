// The functions behind constants and shared objects: see scoop/constants.hpp and scoop/detail/held_object.hpp.
#include <utility>

#include "api/runtime.hpp"
#include "scoop/constants.hpp"
#include "scoop/detail/held_object.hpp"
#include "scoop/detail/recorded.hpp"
#include "scoop/topology.hpp"
#include "worker/bytes_sink.hpp"

namespace scoop::detail {

namespace {

api::Runtime& required_runtime() {
    auto* const runtime = api::current_runtime();
    if (runtime == nullptr)
        throw Error("scoop: no job runs here: constants and shared values live inside the program given to scoop::run");
    return *runtime;
}

// Tasks that are submitted from now on may read it.
void note_constant(const std::string& name, const std::function<void(ByteSink&)>& write) {
    std::string bytes;
    StringSink sink(bytes);
    write(sink);
    required_runtime().journal->note_constant(name, bytes);
}

}  // namespace

void set_constant(const std::string& name, const std::string& type, const std::function<void(ByteSink&)>& write) {
    api::Runtime& runtime = required_runtime();
    worker::BytesSink bytes(protocol::BytesWriter::Readers::many);
    write(bytes);
    if (records_calls()) note_constant(name, write);
    runtime.constants.set(name, type, bytes.take(), attempt() > 1);
}

const void* get_constant(const std::string& name, const std::string& type,
                         std::shared_ptr<const void> (*decode)(std::string_view bytes), TimePoint deadline) {
    return required_runtime().constants.get(name, type, decode, deadline);
}

HeldObject::~HeldObject() {
    // Handles may outlive the job; then there is nobody to tell.
    if (!is_own_) return;
    if (auto* const runtime = api::current_runtime()) runtime->held_objects.on_end(*this);
}

void release_object(const HandleId& id) {
    if (auto* const runtime = api::current_runtime()) runtime->held_objects.on_released(id);
}

void own_object(const std::shared_ptr<HeldObject>& object) { required_runtime().held_objects.own(object); }

std::shared_ptr<HeldObject> hold_object(const HandleId& id, const std::function<std::shared_ptr<HeldObject>()>& make) {
    return required_runtime().held_objects.hold(id, make);
}

std::shared_ptr<HeldObject> find_object(const HandleId& id) { return required_runtime().held_objects.find(id); }

void request_object(const HandleId& id) { required_runtime().held_objects.request(id); }

void send_bound(const HandleId& id, std::string bytes, std::optional<std::uint32_t> except) {
    required_runtime().held_objects.send_bound(id, bytes, except);
}

}  // namespace scoop::detail
