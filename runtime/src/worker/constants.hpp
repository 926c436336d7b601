// Constants: values with a name that the whole job can read, each set once. The root decides who was first and keeps
// them; every process keeps what it has read. Any thread; waiting sets a task aside.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "scoop/detail/runtime.hpp"
#include "worker/mail.hpp"

namespace scoop::worker {

class Constants {
public:
    /// `mail` outlives this.
    explicit Constants(Mail& mail);

    /// Waits for the root. Throws ConstantExists, unless `is_repeated` (a later attempt of a task) and the value is the
    /// same.
    void set(const std::string& name, const std::string& type, protocol::Bytes bytes, bool is_repeated);
    using Decode = std::shared_ptr<const void> (*)(std::string_view bytes);
    /// Waits for it until the deadline, then throws TimeoutError. Throws Error if it is of another type. The object
    /// lives as long as this.
    const void* get(const std::string& name, const std::string& type, Decode decode, base::TimePoint deadline);

private:
    static constexpr base::Rank root = 0;

    struct Value {
        std::string type;
        protocol::Bytes bytes;  ///< once on a host if they are many
    };
    struct Known {         ///< in this process
        Value value;       ///< the bytes until there is an object
        std::mutex mutex;  ///< for the object, and to decode it
        std::shared_ptr<const void> object;
        detail::Event has_come;
    };
    struct Setting {  ///< under way
        detail::Event is_answered;
        bool was_first = false;
    };

    void on_set(base::Rank from, std::string_view content, protocol::Bytes&& bytes);
    void on_was_set(std::string_view content);
    void on_wanted(base::Rank from, std::string&& name);
    void on_value(std::string_view content, protocol::Bytes&& bytes);
    void tell(base::Rank to, const std::string& name, const Value& value);

    Mail& mail_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<Known>> known_;  // shared with those who wait
    std::map<std::uint64_t, std::shared_ptr<Setting>> settings_;
    // At the root.
    std::map<std::string, Value> values_;
    std::map<std::string, std::set<base::Rank>> wanted_;
};

}  // namespace scoop::worker
