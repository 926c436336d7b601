// Tasks in several processes that wait for each other: told with the chain. And tasks that only look as if.
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

enum class Closing { by_get, by_queue, with_limit };

/// The future of link 1, in the process that has submitted it and in no other.
std::optional<scoop::SharedFuture<int>> first_link;
void forget_first_link() { first_link.reset(); }

int link(int number, Closing closing);
scoop::SharedFuture<int> submit_link(int number, Closing closing) {
    return scoop::submit<link>(scoop::TaskOptions{.name = "link " + std::to_string(number)}, number, closing).share();
}

/// Lets no other task run here before another worker has taken this one.
void wait_until_taken(const scoop::SharedFuture<int>& future) {
    if (scoop::size() == 1) return;
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (!future.running()) {
        if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("nobody has taken the next link");
        std::this_thread::sleep_for(1ms);
    }
}

int value_of(const scoop::SharedFuture<int>& future, Closing closing) {
    if (closing == Closing::by_get) return future.get();
    if (closing == Closing::with_limit) return future.wait_for(2500ms) ? future.get() : -1;
    std::vector<scoop::SharedFuture<int>> awaited{future};
    for (auto& done : scoop::as_completed(awaited)) return done.get();
    return 0;
}

/// Waits for the next link, which another worker executes; the one that comes to where link 1 was submitted waits for
/// that.
int link(int number, Closing closing) {
    if (first_link) return value_of(*first_link, closing);
    const auto next = submit_link(number + 1, closing);
    wait_until_taken(next);
    return next.get();
}
int start_ring(Closing closing) {
    first_link = submit_link(1, closing);
    wait_until_taken(*first_link);
    return first_link->get();
}

int ring(Closing closing) {
    const int value = scoop::submit<start_ring>(closing).get(120s);
    scoop::on_each_worker<forget_first_link>();
    return value;
}
std::string what_of_ring(Closing closing) {
    std::string what = "nothing was thrown";
    try {
        (void)ring(closing);
    } catch (const scoop::Error& error) {
        what = error.what();
    }
    scoop::on_each_worker<forget_first_link>();
    return what;
}

/// "link 3 waits for link 1 waits for link 2 waits for link 3": all links, in their order, from any of them to the
/// same.
bool is_ring(const std::string& chain) {
    std::vector<int> links;
    for (std::size_t at = chain.find("link "); at != std::string::npos; at = chain.find("link ", at + 1))
        links.push_back(std::stoi(chain.substr(at + 5)));
    if (links.size() < 2 || links.front() != links.back()) return false;
    std::string expected = "link " + std::to_string(links[0]);
    const auto count = static_cast<int>(links.size()) - 1;
    for (int i = 0, number = links[0]; i < count; ++i) {
        number = number % count + 1;
        expected += " waits for link " + std::to_string(number);
    }
    return chain == expected;
}

}  // namespace

TEST_CASE("tasks of several workers that wait for each other are told with their chain") {
    const std::string sentence = "scoop: this wait can never end, since tasks wait for each other: ";
    for (const auto closing : {Closing::by_get, Closing::by_queue}) {
        const std::string what = what_of_ring(closing);
        INFO(what);
        REQUIRE(what.starts_with(sentence));
        CHECK(is_ring(what.substr(sentence.size())));
    }
}

TEST_CASE("a ring of waits of which one has a limit is left to end by itself") {
    CHECK(ring(Closing::with_limit) == -1);
}
