// HeldObjects: the table of this process's sides of shared objects (scoop/detail/held_object.hpp), and the mail about
// them. A value travels to a host once: the lowest rank there that lives, its keeper, asks the owner for it and keeps
// the bytes for the others until the owner says that nobody will ask again. Each process keeps what it has made of
// them, too, when its last handle goes, in case another task brings one: a few objects, also until the owner says so.
// Any thread.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
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
    /// An own object is gone.
    void on_end(const HeldObject& object);
    /// The last handle here to an object of another process is gone.
    void on_released(const HandleId& id);

private:
    struct Own {                            ///< what others hold of an object of ours
        std::shared_ptr<HeldObject> kept;   ///< while there is a holder
        std::map<base::Rank, int> holders;  ///< how often: the end of one holding may come behind the next one's begin
        std::set<base::Rank> known_to;      ///< all that have held or fetched it
        protocol::Bytes value;              ///< as it was sent, if it is large: whoever asks next reads the same memory
    };
    struct Foreign {  ///< an object of another process
        std::shared_ptr<HeldObject> object;
        std::weak_ptr<HeldObject> handle;  ///< shared by all handles here; expired: kept in case one comes again
        std::size_t bytes = 0;             ///< of the value that came
        bool is_gone = false;              ///< its owner has ended it, or itself
        std::optional<std::list<HandleId>::iterator> unused;
    };
    struct Fetched {  ///< at a keeper
        protocol::Bytes bytes;
        bool has_come = false;
        std::set<base::Rank> waiting;
    };

    struct Wanted {
        base::Rank reader = 0;
        HandleId id;  ///< of an own object
    };

    void on_held(base::Rank from, std::string&& content);
    void on_wanted(base::Rank from, std::string&& content);
    [[nodiscard]] protocol::Bytes own_value(const HandleId& id, base::Rank reader);
    void answer(const Wanted& wanted);
    /// Those that had to wait for this value.
    void answer_postponed(const HandleId& awaited);
    void on_value(const HandleId& id, protocol::Bytes bytes);
    void on_gone(std::string&& content);
    void on_better(base::Rank from, std::string&& content);
    void on_down(const std::vector<base::Rank>& ranks);
    void on_up(base::Rank rank);
    // What these take out of the table goes when nothing is locked any more.
    using Dropped = std::vector<std::shared_ptr<HeldObject>>;
    using ForeignEntry = std::map<HandleId, Foreign>::iterator;
    void keep_unused(ForeignEntry entry, Dropped& dropped);
    void end_foreign(ForeignEntry entry, Dropped& dropped);
    void drop(ForeignEntry entry, Dropped& dropped);
    void leave_unused(Foreign& foreign);
    [[nodiscard]] base::Rank source_of(const HandleId& id) const;
    void send_value(base::Rank to, const HandleId& id, protocol::Bytes bytes);

    worker::Mail& mail_;
    const control::WorkerConfig* config_ = nullptr;
    std::mutex mutex_;
    std::uint64_t next_number_ = 0;
    std::map<HandleId, std::weak_ptr<HeldObject>> own_objects_;
    std::map<HandleId, Own> own_;  ///< of those that others know
    std::map<HandleId, Foreign> foreign_;
    std::list<HandleId> unused_;  ///< foreign ones without handles; the one that was used last is the last
    std::size_t unused_bytes_ = 0;
    std::map<HandleId, Fetched> fetched_;
    std::set<HandleId> requested_;
    std::map<HandleId, std::vector<Wanted>> postponed_;  ///< by the value within theirs that has to come first
    std::set<base::Rank> dead_;                          ///< a replacement may come
};

}  // namespace scoop::detail
