#include "launcher/output_credit.hpp"

#include <utility>

namespace scoop::launcher {

void OutputCredit::on_received(const base::Source& source, std::size_t bytes) { change(source).received += bytes; }
void OutputCredit::on_queued(const base::Source& source, std::size_t bytes) { change(source).queued += bytes; }
void OutputCredit::on_written(const base::Source& source, std::size_t bytes) { change(source).written += bytes; }

std::map<base::Source, std::uint32_t> OutputCredit::take() {
    std::map<base::Source, std::uint32_t> credits;
    for (const auto& source : std::exchange(changed_, {})) {
        Account& account = accounts_[source];
        const std::uint64_t done = account.written == account.queued ? account.received : account.written;
        if (done <= account.credited) continue;
        credits[source] = static_cast<std::uint32_t>(done - account.credited);
        account.credited = done;
    }
    return credits;
}

OutputCredit::Account& OutputCredit::change(const base::Source& source) {
    changed_.insert(source);
    return accounts_[source];
}

}  // namespace scoop::launcher
