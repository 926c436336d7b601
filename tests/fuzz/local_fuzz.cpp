// Fuzzes what reads the sockets between the processes of a host. The first byte says how many descriptors come along:
// shared memory, and every fourth time a pipe in its place. Then come headers, each of a size (two bytes) and a kind
// (one), and behind each as many bytes as it announces, but for the last. (Larger sizes would only reserve more
// memory.)
//
// Whatever comes, the stream goes on, ends, or is broken with a sentence; and no descriptor is left open.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "fuzz.hpp"
#include "transport/local.hpp"

using namespace scoop;

namespace {

constexpr std::size_t descriptors_max = 4;
constexpr std::size_t bytes_max = 60'000;   // what a socket takes without a reader
constexpr std::uint32_t by_descriptor = 1;  // the kind behind which nothing follows
constexpr off_t memory_size = 70'000;

std::string stream_of(fuzz::Input& input) {
    std::string bytes;
    while (!input.is_empty() && bytes.size() < bytes_max) {
        std::uint32_t header[2] = {input.byte(), 0};
        header[0] += 256u * input.byte();
        header[1] = input.byte() % 5;  // three kinds, and what is none
        bytes.append(reinterpret_cast<const char*>(header), sizeof header);
        if (header[1] == by_descriptor) continue;
        bytes += input.take(header[0]);
    }
    return bytes;
}

base::UniqueFd make_descriptor(std::size_t number) {
    if (number % 4 == 3) return std::move(base::make_pipe().value().first);
    base::UniqueFd memory(::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    fuzz::require(::ftruncate(memory.get(), memory_size) == 0);
    if (number % 2 == 0) (void)::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL);
    return memory;
}

void send(int socket, std::string_view bytes, std::size_t descriptors) {
    std::vector<base::UniqueFd> sent;
    for (std::size_t k = 0; k < descriptors; ++k) sent.push_back(make_descriptor(k));
    alignas(cmsghdr) char control[CMSG_SPACE(descriptors_max * sizeof(int))] = {};
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (!sent.empty()) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(sent.size() * sizeof(int));
        cmsghdr* head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sent.size() * sizeof(int));
        for (std::size_t k = 0; k < sent.size(); ++k) {
            const int fd = sent[k].get();
            std::memcpy(CMSG_DATA(head) + k * sizeof fd, &fd, sizeof fd);
        }
    }
    (void)::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

int lowest_free_descriptor() {
    const base::UniqueFd probe(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    return probe.get();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const int lowest_before = lowest_free_descriptor();
    {
        auto ends = base::make_socket_pair().value();
        fuzz::require(base::set_nonblocking(ends.second.get()).has_value());
        transport::LocalStream stream(std::move(ends.second));
        const std::size_t descriptors = input.byte() % (descriptors_max + 1);
        send(ends.first.get(), stream_of(input), descriptors);
        ends.first.reset();
        transport::LocalStream::Input state{};
        do {
            state = stream.receive([](std::string_view, transport::Attachments&& attachments) {
                std::size_t sum = 0;
                for (const auto& attachment : attachments) sum += attachment.view().size();
                fuzz::require(sum <= descriptors_max * static_cast<std::size_t>(memory_size) + bytes_max);
            });
        } while (state == transport::LocalStream::Input::open);
        fuzz::require(state == transport::LocalStream::Input::ended || !stream.problem().empty());
    }
    fuzz::require(lowest_free_descriptor() == lowest_before);
    return 0;
}
