// The rendezvous over PMIx: what rank 0 has put can be got once all have met. PMIx would let the others wait for it
// alone, but its versions up to 4.1, and now and then 4.2, answer those who come before rank 0 wrongly.
#include <utility>

#include "node/pmix_client.hpp"
#include "node/rendezvous.hpp"

namespace scoop::node {

namespace {

constexpr const char* pmix_key = "scoop-start";

// Who is still connected when it ends has ended by accident, to the launcher; and the thread of libpmix is not wanted
// in the user's program. So the connection lasts as long as it is needed.
class PmixRendezvous final : public Rendezvous {
public:
    explicit PmixRendezvous(std::unique_ptr<PmixClient> client) : client_(std::move(client)) {}

    base::Result<void> publish(const std::string& text, base::TimePoint deadline) override {
        if (auto put = client_->put(pmix_key, text); !put) return put;
        return client_->meet(deadline);
    }

    base::Result<std::string> look_up(base::TimePoint deadline) override {
        if (!client_) return text_;
        if (auto met = client_->meet(deadline); !met) return tl::unexpected(std::move(met.error()));
        auto text = client_->get(0, pmix_key);
        if (!text) return text;
        client_.reset();
        text_ = *text;
        return text;
    }

    void withdraw() override { client_.reset(); }

private:
    std::unique_ptr<PmixClient> client_;
    std::string text_;
};

}  // namespace

std::unique_ptr<Rendezvous> make_pmix_rendezvous(std::unique_ptr<PmixClient> client) {
    return std::make_unique<PmixRendezvous>(std::move(client));
}

}  // namespace scoop::node
