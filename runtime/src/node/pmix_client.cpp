#include "node/pmix_client.hpp"

#if __has_include(<pmix.h>)

#include <pmix.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <future>
#include <utility>

#include "base/loaded_library.hpp"

namespace scoop::node {

namespace {

constexpr const char* attempt = "ask the launcher over PMIx";
constexpr const char* pmix_advice =
    "if the launcher complains of PMIx itself, let the copies meet without it (srun --mpi=none)";
constexpr std::chrono::seconds get_timeout{10};
constexpr const char* directory_variable = "PMIX_SERVER_TMPDIR";  // where it shares memory with its clients
constexpr const char* store_variable = "PMIX_MCA_gds";

// The functions of libpmix that are called here.
class Pmix {
public:
    static base::Result<Pmix> load() {
        base::LoadedLibrary library("libpmix.so.2");  // of every PMIx since version 2
        Pmix pmix;
        library.find(pmix.init, "PMIx_Init");
        library.find(pmix.finalize, "PMIx_Finalize");
        library.find(pmix.put, "PMIx_Put");
        library.find(pmix.commit, "PMIx_Commit");
        library.find(pmix.fence, "PMIx_Fence_nb");
        library.find(pmix.get, "PMIx_Get_nb");
        library.find(pmix.error_text, "PMIx_Error_string");
        auto found = library.check(attempt, "install libpmix on all hosts (Debian: libpmix2)");
        if (!found) return tl::unexpected(std::move(found.error()));
        return pmix;
    }

    decltype(&PMIx_Init) init = nullptr;
    decltype(&PMIx_Finalize) finalize = nullptr;
    decltype(&PMIx_Put) put = nullptr;
    decltype(&PMIx_Commit) commit = nullptr;
    decltype(&PMIx_Fence_nb) fence = nullptr;
    decltype(&PMIx_Get_nb) get = nullptr;
    decltype(&PMIx_Error_string) error_text = nullptr;
};

// What was asked for; made by who asks, ended by the answer. An answer that never comes leaks it.
struct Answer {
    pmix_status_t status = PMIX_ERROR;
    std::string text;
    std::uint32_t number = 0;
};
using Question = std::promise<Answer>;

void on_answer(pmix_status_t status, pmix_value_t* value, void* data) {  // in a thread of libpmix
    const std::unique_ptr<Question> question(static_cast<Question*>(data));
    Answer answer;
    answer.status = status;
    if (status == PMIX_SUCCESS && value != nullptr && value->type == PMIX_UINT32) answer.number = value->data.uint32;
    if (status == PMIX_SUCCESS && value != nullptr && value->type == PMIX_STRING && value->data.string != nullptr)
        answer.text = value->data.string;
    question->set_value(std::move(answer));
}

void on_met(pmix_status_t status, void* data) { on_answer(status, nullptr, data); }

class LoadedPmixClient final : public PmixClient {
public:
    explicit LoadedPmixClient(const Pmix& pmix) : pmix_(pmix) {}
    ~LoadedPmixClient() override {
        if (is_connected_) pmix_.finalize(nullptr, 0);
    }
    LoadedPmixClient(const LoadedPmixClient&) = delete;
    LoadedPmixClient& operator=(const LoadedPmixClient&) = delete;

    base::Result<void> run_init() {
        if (const auto status = pmix_.init(&self_, nullptr, 0); status != PMIX_SUCCESS) return refused(status);
        is_connected_ = true;
        return {};
    }

    base::Result<std::uint32_t> job_size() override {
        const auto answer = get_value(PMIX_RANK_WILDCARD, PMIX_JOB_SIZE);
        if (!answer) return tl::unexpected(answer.error());
        return answer->number;
    }

    base::Result<void> put(const char* key, const std::string& text) override {
        std::string copy = text;
        pmix_value_t value;
        std::memset(&value, 0, sizeof value);
        value.type = PMIX_STRING;
        value.data.string = copy.data();
        auto status = pmix_.put(PMIX_GLOBAL, key, &value);
        if (status == PMIX_SUCCESS) status = pmix_.commit();
        if (status != PMIX_SUCCESS) return refused(status);
        return {};
    }

    base::Result<bool> meet(base::TimePoint until) override {
        if (have_met_) return true;
        if (!meeting_.valid()) {
            pmix_info_t collect;  // what has been put goes to everybody
            std::memset(&collect, 0, sizeof collect);
            std::strcpy(collect.key, PMIX_COLLECT_DATA);
            collect.value.type = PMIX_BOOL;
            collect.value.data.flag = true;
            auto asked = question([&](Question* about) { return pmix_.fence(nullptr, 0, &collect, 1, on_met, about); });
            if (!asked) return tl::unexpected(std::move(asked.error()));
            meeting_ = std::move(*asked);
        }
        if (meeting_.wait_until(until) == std::future_status::timeout) return false;
        if (const auto status = meeting_.get().status; status != PMIX_SUCCESS) return refused(status);
        have_met_ = true;
        return true;
    }

    base::Result<std::string> get(base::Rank rank, const char* key) override {
        auto answer = get_value(rank, key);
        if (!answer) return tl::unexpected(std::move(answer.error()));
        return std::move(answer->text);
    }

private:
    // It is there already: who has to wait for it waits in vain.
    base::Result<Answer> get_value(pmix_rank_t rank, const char* key) {
        pmix_proc_t of = self_;
        of.rank = rank;
        auto coming = question([&](Question* about) { return pmix_.get(&of, key, nullptr, 0, on_answer, about); });
        if (!coming) return tl::unexpected(std::move(coming.error()));
        if (coming->wait_for(get_timeout) == std::future_status::timeout)
            return base::failure(attempt, "it does not answer", pmix_advice);
        Answer answer = coming->get();
        if (answer.status != PMIX_SUCCESS) return refused(answer.status);
        return answer;
    }

    template <class Ask>
    base::Result<std::future<Answer>> question(const Ask& ask) const {
        auto asked = std::make_unique<Question>();
        auto coming = asked->get_future();
        if (const auto status = ask(asked.get()); status != PMIX_SUCCESS) return refused(status);
        [[maybe_unused]] const auto* const given = asked.release();
        return coming;
    }

    [[nodiscard]] tl::unexpected<base::Failure> refused(pmix_status_t status) const {
        return base::failure(attempt, std::string("it says ") + pmix_.error_text(status));
    }

    const Pmix pmix_;
    pmix_proc_t self_{};
    std::future<Answer> meeting_;
    bool have_met_ = false;
    bool is_connected_ = false;
};

}  // namespace

base::Result<std::unique_ptr<PmixClient>> PmixClient::connect() {
    const auto pmix = Pmix::load();
    if (!pmix) return tl::unexpected(pmix.error());
    // Where a container hides that directory, libpmix would complain on stderr before it used messages alone.
    const char* const directory = std::getenv(directory_variable);
    const bool is_hidden =
        directory != nullptr && ::access(directory, X_OK) != 0 && std::getenv(store_variable) == nullptr;
    if (is_hidden) ::setenv(store_variable, "hash", 1);
    auto client = std::make_unique<LoadedPmixClient>(*pmix);
    auto connected = client->run_init();
    if (is_hidden) ::unsetenv(store_variable);
    if (!connected) return tl::unexpected(std::move(connected.error()));
    return client;
}

}  // namespace scoop::node

#else

namespace scoop::node {

base::Result<std::unique_ptr<PmixClient>> PmixClient::connect() {
    return base::failure("ask the launcher over PMIx", "pmix.h was missing when scoop was built",
                         "build scoop again where PMIx is installed with its headers (Debian: libpmix-dev)");
}

}  // namespace scoop::node

#endif
