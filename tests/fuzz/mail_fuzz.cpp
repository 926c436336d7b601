// Fuzzes what workers read in letters of other workers: each kind of content, and a graph of waits that is searched.
//
// The first byte chooses the kind. Whatever the bytes, the result is values or a SerializationError.
#include <string>
#include <tuple>
#include <vector>

#include "base/ids.hpp"
#include "fuzz.hpp"
#include "scoop/archive.hpp"
#include "scoop/error.hpp"
#include "worker/mail_content.hpp"
#include "worker/wait_graph.hpp"

using namespace scoop;
using namespace scoop::worker;

namespace {

template <class... T>
std::tuple<T...> read(const std::string& content) {
    auto parts = detail::deserialize_from<std::tuple<T...>>(content);
    const std::string again = std::apply([](const auto&... part) { return written(part...); }, parts);
    fuzz::require(again.size() <= content.size());
    return parts;
}

// As worker/circle_search does with what it is told.
void search(const std::string& content) {
    auto [number, part] = read<std::uint64_t, WaitGraph>(content);
    WaitGraph graph;
    merge(graph, std::move(part));
    if (const auto circle = find_circle(graph)) fuzz::require(!circle->strands.empty() && !circle->chain.empty());
    std::vector<TaskKey> tasks;
    for (const auto& sent : graph.sent) tasks.push_back(sent.key);
    for (const auto& strand : graph.strands)
        for (const auto& awaited : strand.awaited) tasks.push_back(awaited.key);
    (void)find_circle(part_behind(graph, tasks));
}

void read_letter(std::uint8_t kind, const std::string& content) {
    switch (kind % 6) {
        case 0: return search(content);
        case 1: return (void)read<std::uint64_t, std::vector<TaskKey>>(content);
        case 2: return (void)read<std::vector<StrandId>, std::string>(content);
        case 3: return (void)read<std::uint64_t, std::string, std::string, bool>(content);
        case 4: return (void)read<std::uint64_t, bool>(content);
        default: return (void)read<std::string, std::string>(content);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::uint8_t kind = input.byte();
    try {
        read_letter(kind, std::string(input.rest()));
    } catch (const SerializationError&) {
    }
    return 0;
}
