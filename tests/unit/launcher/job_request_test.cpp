// What is asked of a running job, and the answer.
#include "launcher/job_request.hpp"

#include <doctest/doctest.h>

#include <string>

#include "protocol/payload.hpp"

using namespace scoop::launcher;

namespace {

std::string message(const std::string& json) {
    std::string bytes;
    scoop::control::append_string(bytes, json);
    return bytes;
}

std::string refusal(const std::string& json) { return parse_job_request(message(json)).error().sentence(); }

}  // namespace

TEST_CASE("what is asked of a job and its answer arrive as they were sent") {
    for (const JobVerb verb : {JobVerb::status, JobVerb::summary})
        CHECK(parse_job_request(encode(JobRequest{verb})).value().verb == verb);
    const auto answer = parse_job_answer(encode(JobAnswer{120, "two\nlines\n"}));
    REQUIRE(answer);
    CHECK(answer->status == 120);
    CHECK(answer->text == "two\nlines\n");
}

TEST_CASE("a message is whole with its last byte and no sooner") {
    const std::string whole = encode(JobRequest{JobVerb::status});
    for (std::size_t size = 0; size < whole.size(); ++size)
        CHECK_FALSE(is_whole_message(whole.substr(0, size)).value());
    CHECK(is_whole_message(whole).value());
    CHECK_FALSE(is_whole_message(whole + "x"));
    CHECK_FALSE(is_whole_message(std::string("\xff\xff\xff\xff", 4)));
}

TEST_CASE("what cannot be asked of a job is refused with its reason") {
    CHECK(refusal("{}") == "read what is asked of a job: the part \"version\" is malformed");
    CHECK(refusal("no") == "read what is asked of a job: the part \"JSON\" is malformed");
    CHECK(refusal(R"({"version": 1})") == "read what is asked of a job: the part \"verb\" is malformed");
    CHECK(refusal(R"({"version": 1, "verb": "dance"})") ==
          "read what is asked of a job: the part \"verb\" is malformed");
    CHECK(refusal(R"({"version": 2, "verb": "dance"})") ==
          "read the message of another scoop-run: it is of version 2, and here this is 1; ask with the scoop-run that "
          "runs the job");
    CHECK_FALSE(parse_job_answer(message(R"({"version": 1, "status": 256, "text": ""})")));
    CHECK_FALSE(parse_job_answer(message(R"({"version": 1, "status": 0})")));
}

TEST_CASE("who is to join arrives as it was sent") {
    JobRequest request{JobVerb::join, {"a:2", "node[1-3]"}};
    request.hostfile = "hosts.txt";
    request.hostfile_text = "b slots=2 # two\n";
    request.own_names = {"a"};
    const auto parsed = parse_job_request(encode(request));
    REQUIRE(parsed);
    CHECK(parsed->verb == JobVerb::join);
    CHECK(parsed->hosts == request.hosts);
    CHECK(parsed->hostfile == request.hostfile);
    CHECK(parsed->hostfile_text == request.hostfile_text);
    CHECK(parsed->own_names == request.own_names);
    CHECK(refusal(R"({"version":1,"verb":"join","hosts":["a"]})").find("hostfile") != std::string::npos);
}
