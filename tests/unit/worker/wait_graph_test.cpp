#include "worker/wait_graph.hpp"

#include <doctest/doctest.h>

using namespace scoop::worker;

namespace {

// Tasks are numbers here; two processes know the same task by the same number.
NamedTask task(std::uint64_t number) { return {{0, 0, number}, std::string(1, static_cast<char>('a' + number))}; }
std::vector<NamedTask> tasks(std::initializer_list<std::uint64_t> numbers) {
    std::vector<NamedTask> list;
    for (const auto number : numbers) list.push_back(task(number));
    return list;
}
WaitingStrand strand(std::uint64_t number, std::initializer_list<std::uint64_t> runs,
                     std::initializer_list<std::uint64_t> awaited, scoop::base::Rank rank = 0) {
    return {{rank, 1, number}, tasks(runs), tasks(awaited)};
}
std::string chain_of(const WaitGraph& graph) {
    const auto circle = find_circle(graph);
    return circle ? circle->chain : "none";
}
constexpr std::uint64_t a = 0, b = 1, c = 2, d = 3, e = 4;

}  // namespace

TEST_CASE("a circle is told from its least strand, whichever is looked at first") {
    CHECK(chain_of({.strands = {strand(0, {a}, {b}), strand(1, {b}, {a})}}) == "a waits for b waits for a");
    CHECK(chain_of({.strands = {strand(1, {b}, {a}), strand(0, {a}, {b})}}) == "a waits for b waits for a");
    CHECK(chain_of({.strands = {strand(0, {a}, {a})}}) == "a waits for a");
    // One that waits for the circle is not in it.
    CHECK(chain_of({.strands = {strand(0, {c}, {a}), strand(1, {a}, {b}), strand(2, {b}, {a})}}) ==
          "a waits for b waits for a");
}

TEST_CASE("a chain that ends at a task that may end is no circle") {
    CHECK(chain_of({.strands = {strand(0, {a}, {b}), strand(1, {b}, {c})}}) == "none");
    CHECK(chain_of({.strands = {strand(0, {a}, {b})}, .sent = {{task(b).key, 3}}}) == "none");
    CHECK(chain_of({}) == "none");
}

TEST_CASE("a wait for any of several is stuck only if all of them are") {
    CHECK(chain_of({.strands = {strand(0, {a}, {b, c}), strand(1, {b}, {a})}}) == "none");
    CHECK(chain_of({.strands = {strand(0, {a}, {b, c}), strand(1, {b}, {a}), strand(2, {c}, {a})}}) ==
          "a waits for b waits for a");
    CHECK(chain_of({.strands = {strand(0, {a}, {c, b}), strand(1, {b}, {a}), strand(2, {c}, {d})}}) == "none");
}

TEST_CASE("a task that is gated by one that is stuck is stuck") {
    CHECK(chain_of({.strands = {strand(0, {a}, {b})}, .gated = {{task(b), tasks({a})}}}) ==
          "a waits for b waits for a");
    // c may end, but b needs a as well.
    CHECK(chain_of({.strands = {strand(0, {a}, {b})}, .gated = {{task(b), tasks({c, a})}}}) ==
          "a waits for b waits for a");
    CHECK(chain_of({.strands = {strand(0, {a}, {b})}, .gated = {{task(b), tasks({c})}}}) == "none");
    CHECK(chain_of({.strands = {strand(0, {a}, {b})}, .gated = {{task(b), tasks({c})}, {task(c), tasks({a})}}}) ==
          "a waits for b waits for c waits for a");
}

TEST_CASE("a task whose answer others may go on with is stuck only if they are") {
    const WaitGraph graph{.strands = {strand(0, {a}, {b}), strand(1, {b}, {a})},
                          .answered = {{task(b), tasks({c, d})}}};
    CHECK(chain_of(graph) == "none");
    WaitGraph all_wait = graph;
    merge(all_wait, {.strands = {strand(2, {c}, {a})}});
    CHECK(chain_of(all_wait) == "none");
    merge(all_wait, {.strands = {strand(3, {d}, {b})}});
    CHECK(chain_of(all_wait) == "a waits for b waits for a");
}

TEST_CASE("a task of which two copies run is stuck only if both are") {
    // b is known where it was submitted, c and d are its copies elsewhere.
    WaitGraph graph{.strands = {strand(0, {a}, {b}), strand(1, {c}, {a}, 1)},
                    .copied = {{task(b), {task(c).key, task(d).key}}}};
    CHECK(chain_of(graph) == "none");
    merge(graph, {.strands = {strand(0, {d}, {e}, 2)}});
    CHECK(chain_of(graph) == "none");
    merge(graph, {.strands = {strand(1, {e}, {a}, 2)}});
    CHECK(chain_of(graph) == "a waits for b waits for a");
}

TEST_CASE("a task that is gated by one with two copies is stuck only if both are") {
    WaitGraph graph{.strands = {strand(0, {a}, {e}), strand(1, {c}, {a})},
                    .gated = {{task(e), tasks({b})}},
                    .copied = {{task(b), {task(c).key, task(d).key}}}};
    CHECK(chain_of(graph) == "none");
    merge(graph, {.strands = {strand(2, {d}, {a})}});
    CHECK(chain_of(graph) == "a waits for e waits for b waits for a");
}

TEST_CASE("a circle is told to its least strand that can give up") {
    WaitGraph graph{.strands = {strand(0, {a}, {b}), strand(1, {b}, {c}), strand(2, {c}, {a})}};
    graph.strands[0].can_give_up = false;
    const auto circle = find_circle(graph);
    REQUIRE(circle);
    CHECK(circle->chain == "b waits for c waits for a waits for b");
    CHECK(circle->strands.front().number == 1);
}

TEST_CASE("the tasks that a strand runs in place of each other are told, too") {
    CHECK(chain_of({.strands = {strand(0, {b, a}, {c}), strand(1, {c}, {a})}}) ==
          "b waits for c waits for a waits for b");
}

TEST_CASE("what several processes have seen makes one circle") {
    WaitGraph graph{.strands = {strand(5, {a}, {b}, 2)}, .sent = {{task(b).key, 1}}};
    CHECK_FALSE(find_circle(graph));
    merge(graph, {.strands = {strand(7, {b}, {c}, 1)}, .sent = {{task(c).key, 3}}});
    CHECK_FALSE(find_circle(graph));
    merge(graph, {.strands = {strand(6, {c}, {a}, 3)}, .sent = {{task(a).key, 2}}});
    const auto circle = find_circle(graph);
    REQUIRE(circle);
    CHECK(circle->chain == "b waits for c waits for a waits for b");
    REQUIRE(circle->strands.size() == 3);
    CHECK(circle->strands[0].rank == 1);
    CHECK(circle->strands[1].rank == 3);
    CHECK(circle->strands[2].rank == 2);
}

TEST_CASE("a strand that was seen twice, and had gone on between, is not stuck") {
    WaitGraph graph{.strands = {strand(0, {a}, {b}), strand(1, {b}, {a})}};
    merge(graph, {.strands = {strand(1, {b}, {c})}});
    CHECK_FALSE(find_circle(graph));
}

TEST_CASE("what no process of ours says leads to no circle, and to an end") {
    CHECK(chain_of({.strands = {strand(0, {a}, {})}}) == "none");
    CHECK(chain_of({.strands = {strand(0, {a}, {b}), strand(1, {b}, {})}}) == "none");
    CHECK(chain_of({.strands = {strand(0, {a}, {b})}, .gated = {{task(b), tasks({c})}, {task(c), tasks({b})}}}) ==
          "none");
    CHECK(chain_of({.strands = {strand(0, {}, {a})}, .gated = {{task(a), tasks({a})}}}) == "none");
}

TEST_CASE("a part has what the asked tasks depend on, and no more") {
    const WaitGraph graph{.strands = {strand(0, {a}, {b}), strand(1, {c}, {d}), strand(2, {e}, {c})},
                          .gated = {{task(b), tasks({c})}},
                          .sent = {{task(d).key, 1}, {task(e).key, 2}}};
    const WaitGraph part = part_behind(graph, {task(a).key});
    REQUIRE(part.strands.size() == 2);
    CHECK(part.strands[0].id.number == 0);
    CHECK(part.strands[1].id.number == 1);
    CHECK(part.gated.size() == 1);
    REQUIRE(part.sent.size() == 1);
    CHECK(part.sent[0].key == task(d).key);
    CHECK(part_behind(graph, {task(b).key}).strands.size() == 1);
    CHECK(part_behind(graph, {}).strands.empty());

    WaitGraph in_parts = graph;
    in_parts.answered.push_back({task(a), tasks({e})});
    const WaitGraph part_of_answer = part_behind(in_parts, {task(a).key});
    CHECK(part_of_answer.strands.size() == 3);
    CHECK(part_of_answer.answered.size() == 1);

    WaitGraph twice = graph;
    twice.copied.push_back({task(5), {task(a).key, task(b).key}});
    CHECK(part_behind(twice, {task(5).key}).copied.size() == 1);
    CHECK(part_behind(twice, {task(5).key}).strands.size() == part.strands.size());
}
