// HeldObjects: the table of this process's sides of shared objects (scoop/detail/held_object.hpp), and the mail about
// them. A value travels to a host once: the lowest rank there that lives, its keeper, asks the owner for it and keeps
// the bytes for the others until the owner says that nobody will ask again. Any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "protocol/control.hpp"
#include "scoop/detail/held_object.hpp"
#include "worker/mail.hpp"

namespace scoop::detail {

class HeldObjects {
public:
    explicit HeldObjects(worker::Mail& mail);
    /// Before the job starts.
    void connect(const control::WorkerConfig& config) { config_ = &config; }

    void own(const std::shared_ptr<HeldObject>& object);
    std::shared_ptr<HeldObject> hold(const HandleId& id, const std::function<std::shared_ptr<HeldObject>()>& make);
    std::shared_ptr<HeldObject> find(const HandleId& id);
    void request(const HandleId& id);
    void send_bound(const HandleId& id, const std::string& bytes, std::optional<base::Rank> except);
    void on_end(const HeldObject& object);

private:
    struct Own {                           ///< what others hold of an object of ours
        std::shared_ptr<HeldObject> kept;  ///< while there is a holder
        std::set<base::Rank> holders;
        std::set<base::Rank> sent_to;
        protocol::Bytes value;  ///< as it was sent, if it is large: whoever asks next reads the same memory
    };
    struct Fetched {  ///< at a keeper
        protocol::Bytes bytes;
        bool has_come = false;
        std::set<base::Rank> waiting;
    };

    void on_held(base::Rank from, std::string&& content);
    void on_wanted(base::Rank from, std::string&& content);
    [[nodiscard]] protocol::Bytes own_value(const HandleId& id, base::Rank reader);
    void on_value(const HandleId& id, protocol::Bytes bytes);
    void on_gone(std::string&& content);
    void on_better(base::Rank from, std::string&& content);
    void on_down(const std::vector<base::Rank>& ranks);
    void on_up(base::Rank rank);
    [[nodiscard]] base::Rank source_of(const HandleId& id) const;
    void send_value(base::Rank to, const HandleId& id, protocol::Bytes bytes);

    worker::Mail& mail_;
    const control::WorkerConfig* config_ = nullptr;
    std::mutex mutex_;
    std::uint64_t next_number_ = 0;
    std::map<HandleId, std::weak_ptr<HeldObject>> objects_;
    std::map<HandleId, Own> own_;
    std::map<HandleId, Fetched> fetched_;
    std::set<HandleId> requested_;
    std::set<base::Rank> dead_;  ///< a replacement may come
};

}  // namespace scoop::detail
