// Which objects of other processes are kept when nobody here has a handle to them.
#include "worker/held_objects.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

#include "worker/mail_content.hpp"

using namespace scoop;
using detail::HandleId;

namespace {

constexpr base::Rank owner = 0;
constexpr std::size_t mebibyte = std::size_t{1} << 20;

class CountedObject final : public detail::HeldObject {
public:
    explicit CountedObject(int& alive) : alive_(alive) { ++alive_; }
    ~CountedObject() override { --alive_; }
    CountedObject(const CountedObject&) = delete;
    CountedObject& operator=(const CountedObject&) = delete;
    void write(detail::ByteSink&, detail::SharedAs) override {}
    void receive(detail::ReceivedBytes&&) override {}

private:
    int& alive_;
};

/// A process that holds objects of another one. There is no job: who lets go of a handle says so here.
struct Holder {
    control::WorkerConfig config;
    worker::Mail mail;
    detail::HeldObjects objects{mail};
    int alive = 0;

    Holder() {
        config.rank = 1;
        config.hosts.push_back({.name = "here", .ranks = {owner, 1}});
        mail.connect(config, nullptr);
        objects.connect(config);
    }
    static HandleId id(std::uint64_t number) { return {owner, 0, number}; }
    void tell(worker::Subject subject, std::uint64_t number, std::size_t bytes = 0) {
        mail.on_post(owner, static_cast<std::uint8_t>(subject), worker::written(id(number)), std::string(bytes, 'x'));
    }
    std::shared_ptr<detail::HeldObject> hold(std::uint64_t number) {
        return objects.hold(id(number), [this] { return std::make_shared<CountedObject>(alive); });
    }
    void use(std::uint64_t number, std::size_t bytes) {
        auto handle = hold(number);
        if (bytes != 0) tell(worker::Subject::value, number, bytes);
        handle.reset();
        objects.on_released(id(number));
    }
};

}  // namespace

TEST_CASE("an object without handles is kept until its owner ends it") {
    Holder holder;
    holder.use(1, mebibyte);
    CHECK(holder.alive == 1);
    holder.use(1, 0);  // again, and the value has not to come again
    CHECK(holder.alive == 1);
    holder.tell(worker::Subject::gone, 1);
    CHECK(holder.alive == 0);
}

TEST_CASE("an object whose value has not come is not kept") {
    Holder holder;
    holder.use(1, 0);
    CHECK(holder.alive == 0);
}

TEST_CASE("an object that its owner has ended is there for who has a handle") {
    Holder holder;
    auto handle = holder.hold(1);
    holder.tell(worker::Subject::value, 1, mebibyte);
    holder.tell(worker::Subject::gone, 1);
    CHECK(holder.alive == 1);
    CHECK(holder.hold(1) == handle);
    handle.reset();
    holder.objects.on_released(Holder::id(1));
    CHECK(holder.alive == 0);
}

TEST_CASE("of large objects without handles the one used last is kept, of others as many as fit") {
    Holder holder;
    holder.use(1, 300 * mebibyte);
    CHECK(holder.alive == 1);
    holder.use(2, 200 * mebibyte);
    CHECK(holder.alive == 1);
    holder.use(3, 40 * mebibyte);
    CHECK(holder.alive == 2);
    holder.use(2, 0);
    holder.use(4, 40 * mebibyte);  // instead of the third, which was used before the second
    CHECK(holder.alive == 2);
    holder.tell(worker::Subject::gone, 3);
    CHECK(holder.alive == 2);
    holder.tell(worker::Subject::gone, 2);
    CHECK(holder.alive == 1);
}

TEST_CASE("objects of a process that has died are dropped") {
    Holder holder;
    holder.use(1, mebibyte);
    const auto handle = holder.hold(2);
    protocol::RanksDown down;
    down.ranks = {owner};
    holder.mail.on_ranks_down(down);
    CHECK(holder.alive == 1);
}
