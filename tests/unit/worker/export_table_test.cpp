#include "worker/export_table.hpp"

#include <doctest/doctest.h>

#include <set>

using scoop::base::TaskId;
using scoop::detail::Block;
using scoop::worker::ExportTable;

TEST_CASE("an exported task is found by its id exactly once") {
    ExportTable table(7, 2);
    Block a;
    Block b;
    const TaskId of_a = table.add(a);
    const TaskId of_b = table.add(b);
    CHECK(of_a.owner == 7);
    CHECK(of_a.incarnation == 2);
    CHECK(of_a != of_b);
    CHECK(table.remove(of_b).block == &b);
    CHECK(table.remove(of_b).block == nullptr);
    CHECK(table.remove(of_a).block == &a);
}

TEST_CASE("an id never comes twice, though its slot does") {
    ExportTable table(0, 0);
    Block block;
    std::set<TaskId> seen;
    for (int i = 0; i < 1000; ++i) {
        const TaskId id = table.add(block);
        CHECK(seen.insert(id).second);
        CHECK(table.remove(id).block == &block);
    }
}

TEST_CASE("ids of others and of another incarnation are unknown") {
    ExportTable table(3, 1);
    Block block;
    const TaskId id = table.add(block);
    CHECK(table.remove({4, 1, id.counter}).block == nullptr);
    CHECK(table.remove({3, 0, id.counter}).block == nullptr);
    CHECK(table.remove({3, 1, id.counter + 1}).block == nullptr);
    CHECK(table.remove(id).block == &block);
}

TEST_CASE("a task is known to be started elsewhere until it is answered") {
    ExportTable table(1, 0);
    Block a;
    Block b;
    const TaskId of_a = table.add(a);
    const TaskId of_b = table.add(b);
    table.note_started(of_a, 5);
    table.note_started({2, 0, of_b.counter}, 5);  // of another worker
    REQUIRE(table.started().size() == 1);
    CHECK(table.started()[0].task.block == &a);
    CHECK(table.started()[0].id == of_a);
    CHECK(table.started()[0].executor == 5);
    (void)table.remove(of_b);
    CHECK(table.started().size() == 1);
    (void)table.remove(of_a);
    CHECK(table.started().empty());
    table.note_started(of_a, 5);  // it comes too late
    CHECK(table.started().empty());
}

TEST_CASE("a task of which a copy is under way is found by both ids, and each knows the other") {
    ExportTable table(7, 2);
    Block block;
    const TaskId first = table.add(block);
    CHECK_FALSE(table.twin_of(first));
    const TaskId copy = table.add_copy(first);
    CHECK(copy != first);
    CHECK(table.find(copy).block == &block);
    CHECK(table.twin_of(first) == copy);
    CHECK(table.twin_of(copy) == first);
    CHECK(block.export_number == first.counter);

    SUBCASE("the first one goes") {
        CHECK(table.remove(first).block == &block);
        CHECK_FALSE(table.twin_of(copy));
        CHECK(table.find(copy).block == &block);
        const TaskId third = table.add_copy(copy);
        CHECK(table.twin_of(third) == copy);
    }
    SUBCASE("the copy goes") {
        CHECK(table.remove(copy).block == &block);
        CHECK_FALSE(table.twin_of(first));
        CHECK_FALSE(table.twin_of(copy));
    }
    SUBCASE("all go") { CHECK(table.remove_all().size() == 2); }
    SUBCASE("one has started") {
        table.note_started(copy, 5);
        CHECK(table.started()[0].twin == first);
        (void)table.remove(first);
        CHECK_FALSE(table.started()[0].twin);
        const TaskId third = table.add_copy(copy);
        CHECK(table.started()[0].twin == third);
    }
}
