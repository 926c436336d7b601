// Which bytes make room for others.
#include "launcher/output_credit.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>

namespace {

using scoop::base::Source;
using scoop::launcher::OutputCredit;
using Credits = std::map<Source, std::uint32_t>;

constexpr Source rank_0{0, 0, 1};
constexpr Source rank_1{0, 1, 1};

}  // namespace

TEST_CASE("bytes that wait for a reader give no credit until they are written") {
    OutputCredit credit;
    credit.on_received(rank_0, 100);
    credit.on_queued(rank_0, 100);
    credit.on_received(rank_1, 7);
    credit.on_queued(rank_1, 7);
    CHECK(credit.take().empty());
    credit.on_written(rank_0, 60);
    credit.on_written(rank_1, 7);
    CHECK(credit.take() == Credits{{rank_0, 60}, {rank_1, 7}});
    CHECK(credit.take().empty());
    credit.on_written(rank_0, 40);
    CHECK(credit.take() == Credits{{rank_0, 40}});
}

TEST_CASE("an unfinished line gives credit, so that it can end whatever its length") {
    OutputCredit credit;
    credit.on_received(rank_0, 100);
    CHECK(credit.take() == Credits{{rank_0, 100}});
    credit.on_received(rank_0, 50);
    credit.on_queued(rank_0, 150);
    CHECK(credit.take().empty());
    credit.on_written(rank_0, 150);
    CHECK(credit.take() == Credits{{rank_0, 50}});  // each byte counts once
}

TEST_CASE("an unfinished line gives no credit while what came before it waits for a reader") {
    OutputCredit credit;
    credit.on_received(rank_0, 120);
    credit.on_queued(rank_0, 100);
    CHECK(credit.take().empty());
    credit.on_received(rank_0, 30);
    CHECK(credit.take().empty());
    credit.on_written(rank_0, 100);
    CHECK(credit.take() == Credits{{rank_0, 150}});
}
