// The launcher's channel over PMIx: what rank 0 has put can be got once all have met. PMIx would let the others wait
// for it alone, but its versions up to 4.1, and now and then 4.2, answer those who come before rank 0 wrongly.
#include <utility>

#include "node/launcher_channel.hpp"

namespace scoop::node {

namespace {

constexpr const char* pmix_key = "scoop-start";

// Who is still connected when it ends has ended by accident, to the launcher; and the thread of libpmix is not wanted
// in the user's program. So the connection lasts as long as it is needed.
class PmixChannel final : public LauncherChannel {
public:
    explicit PmixChannel(std::unique_ptr<PmixClient> client) : client_(std::move(client)) {}

    base::Result<void> put(const std::string& text) override { return client_->put(pmix_key, text); }
    base::Result<bool> meet(base::TimePoint until) override { return client_->meet(until); }
    base::Result<std::string> get() override { return client_->get(0, pmix_key); }
    void leave() override { client_.reset(); }
    std::string start() const override { return {}; }

private:
    std::unique_ptr<PmixClient> client_;
};

}  // namespace

std::unique_ptr<LauncherChannel> make_pmix_channel(std::unique_ptr<PmixClient> client) {
    return std::make_unique<PmixChannel>(std::move(client));
}

}  // namespace scoop::node
