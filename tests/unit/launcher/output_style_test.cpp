// What --output asks for, and the lines it makes.
#include "launcher/output_style.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <string>
#include <vector>

namespace {

using namespace scoop;
using namespace scoop::launcher;
using namespace std::chrono_literals;

constexpr base::Source rank_0{0, 0, 1};
constexpr base::Source rank_3{1, 3, 1};
constexpr WallTime any_time{};

// Labels, and the lines that come out of texts.
class Labels {
public:
    std::string after(const base::Source& source, std::string bytes) {
        return prefixes_.apply({source, std::move(bytes)}, any_time);
    }

private:
    const OutputStyle style_{.label = true};
    const HostNames hosts_{{"node01", "node02"}};
    LinePrefixes prefixes_{style_, hosts_};
};

}  // namespace

TEST_CASE("the parts of --output are separated by commas") {
    const auto style = parse_output_style("label,dir=a b/c,timestamp");
    REQUIRE(style);
    CHECK(style->label);
    CHECK(style->timestamp);
    CHECK_FALSE(style->raw);
    CHECK(style->directory == "a b/c");
    CHECK_FALSE(style->is_transparent());
    CHECK(parse_output_style("raw")->is_transparent());
    CHECK(parse_output_style("raw,dir=x"));
    CHECK(OutputStyle{}.is_transparent());
}

TEST_CASE("what --output does not know is named") {
    const std::string allowed = "expected label, timestamp, dir=DIR and raw, separated by commas, not ";
    CHECK(parse_output_style("").error() == allowed + "\"\"");
    CHECK(parse_output_style("label,").error() == allowed + "\"\"");
    CHECK(parse_output_style("dir=").error() == allowed + "\"dir=\"; did you mean \"dir=DIR\"?");
    CHECK(parse_output_style("label,timestmap").error() == allowed + "\"timestmap\"; did you mean \"timestamp\"?");
    CHECK(parse_output_style("raw,label").error() ==
          "raw leaves the bytes as they are, which label and timestamp do not");
}

TEST_CASE("every line gets a label") {
    Labels labels;
    CHECK(labels.after(rank_0, "one\n\ntwo\n") == "[0 node01] one\n[0 node01] \n[0 node01] two\n");
    CHECK(labels.after(rank_3, "x\n") == "[3 node02] x\n");
}

TEST_CASE("a line that goes on is not labelled again") {
    Labels labels;
    CHECK(labels.after(rank_3, "one\nname: ") == "[3 node02] one\n[3 node02] name: ");
    SUBCASE("when nothing came between") {
        CHECK(labels.after(rank_3, "a") == "a");
        CHECK(labels.after(rank_3, "da\nlast\n") == "da\n[3 node02] last\n");
    }
    SUBCASE("but ends when somebody else has a line") {
        CHECK(labels.after(rank_0, "other\n") == "\n[0 node01] other\n");
        CHECK(labels.after(rank_3, "ada\n") == "[3 node02] ada\n");
    }
    SUBCASE("nor do words of ours stand in it") {
        CHECK(labels.after({0, rank_of_launcher, 2}, "scoop-run: note\n") == "\nscoop-run: note\n");
    }
}

TEST_CASE("a host's own messages have its name and an end, whatever the style") {
    const OutputStyle plain;
    const HostNames hosts({"node01", "node02"});
    LinePrefixes prefixes(plain, hosts);
    CHECK(prefixes.apply({{1, rank_of_host, 2}, "a\nb"}, any_time) == "node02: a\nnode02: b\n");
    CHECK(prefixes.apply({rank_3, "as it is"}, any_time) == "as it is");
}

TEST_CASE("times are local and have milliseconds") {
    ::setenv("TZ", "UTC-2", 1);
    ::tzset();
    CHECK(time_text(WallTime(1'700'000'000'007ms)) == "2023-11-15T00:13:20.007");
    const OutputStyle style{.label = true, .timestamp = true};
    const HostNames hosts({"node01"});
    LinePrefixes prefixes(style, hosts);
    CHECK(prefixes.apply({rank_0, "x\n"}, WallTime(0ms)) == "1970-01-01T02:00:00.000 [0 node01] x\n");
    ::unsetenv("TZ");
    ::tzset();
}

TEST_CASE("a host that joins has its name before its lines") {
    const OutputStyle style{.label = true};
    HostNames hosts({"node01"});
    LinePrefixes prefixes(style, hosts);
    hosts.add("node02");
    CHECK(prefixes.apply({{1, 3, 1}, "x\n"}, any_time) == "[3 node02] x\n");
}
