#include "launcher/job_request.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/payload.hpp"

namespace scoop::launcher {

namespace {

constexpr std::size_t length_size = 4;

struct NamedVerb {
    std::string_view name;
    JobVerb verb;
};
constexpr NamedVerb verbs[] = {
    {"status", JobVerb::status}, {"summary", JobVerb::summary}, {"leave", JobVerb::leave}, {"join", JobVerb::join}};

base::Result<void> check_version(control::PayloadReader& reader) {
    const auto version = reader.integer<std::uint32_t>("version");
    if (!reader.is_good() || version == job_protocol_version) return {};
    return base::failure(
        "read the message of another scoop-run",
        "it is of version " + std::to_string(version) + ", and here this is " + std::to_string(job_protocol_version),
        "ask with the scoop-run that runs the job");
}

}  // namespace

std::string encode(const JobRequest& request) {
    const auto* const verb = std::find_if(std::begin(verbs), std::end(verbs),
                                          [&](const NamedVerb& one) { return one.verb == request.verb; });
    return control::begin_payload({{"version", job_protocol_version},
                                   {"verb", std::string(verb->name)},
                                   {"hosts", request.hosts},
                                   {"limit", request.limit.count()},
                                   {"hostfile", request.hostfile},
                                   {"hostfile_text", request.hostfile_text},
                                   {"own_names", request.own_names}});
}

std::string encode(const JobAnswer& answer) {
    return control::begin_payload(
        {{"version", job_protocol_version}, {"status", answer.status}, {"text", answer.text}});
}

base::Result<bool> is_whole_message(std::string_view bytes) {
    if (bytes.size() < length_size) return false;
    const std::size_t length = control::u32_at(bytes, 0);
    if (length > job_message_size_max)
        return base::failure("read a message", "one of " + std::to_string(length) + " bytes is impossible");
    if (bytes.size() > length_size + length) return base::failure("read a message", "something follows it");
    return bytes.size() == length_size + length;
}

base::Result<JobRequest> parse_job_request(std::string_view message) {
    control::PayloadReader reader(message);
    reader.begin_json();
    if (auto checked = check_version(reader); !checked) return tl::unexpected(std::move(checked.error()));
    const std::string name = reader.text("verb");
    const auto* const verb =
        std::find_if(std::begin(verbs), std::end(verbs), [&](const NamedVerb& one) { return one.name == name; });
    reader.require(verb != std::end(verbs), "verb");
    JobRequest request;
    if (reader.is_good()) request.verb = verb->verb;
    if (request.verb == JobVerb::join) {
        request.hosts = reader.texts("hosts");
        request.hostfile = reader.text("hostfile");
        request.hostfile_text = reader.text("hostfile_text");
        request.own_names = reader.texts("own_names");
    }
    if (request.verb == JobVerb::leave) {
        request.hosts = reader.texts("hosts");
        request.limit = std::chrono::duration<double>(reader.seconds("limit"));
    }
    return reader.finish(std::move(request), "what is asked of a job");
}

base::Result<JobAnswer> parse_job_answer(std::string_view message) {
    control::PayloadReader reader(message);
    reader.begin_json();
    if (auto checked = check_version(reader); !checked) return tl::unexpected(std::move(checked.error()));
    JobAnswer answer;
    answer.status = reader.integer<std::uint8_t>("status");
    answer.text = reader.text("text");
    return reader.finish(std::move(answer), "the answer of a job");
}

}  // namespace scoop::launcher
