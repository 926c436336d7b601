#include "hostfile/allocation_check.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "hostfile/text.hpp"

namespace scoop::hostfile {

namespace {

constexpr std::size_t names_shown_max = 5;

/// Finds the host of a job that a name means. Maps, since 65,536 names may be asked for.
class JobNames {
public:
    JobNames(const Allocation& allocation, const AddressesOfNames& addresses) : addresses_(addresses) {
        for (const Host& host : allocation.hosts) {
            const std::string name = comparable(host.name);
            by_name_.emplace(name, &host);
            // Two hosts of one short name in two domains would make it mean neither.
            const auto [entry, is_new] = by_short_name_.emplace(short_name(name), &host);
            if (!is_new) entry->second = nullptr;
            for (const std::string& address : addresses_of(host.name)) by_address_.emplace(address, &host);
        }
    }

    [[nodiscard]] const Host* find(const std::string& name) const {
        const std::string plain = comparable(name);
        if (const auto found = by_name_.find(plain); found != by_name_.end()) return found->second;
        if (const auto found = by_short_name_.find(short_name(plain)); found != by_short_name_.end()) {
            const Host* host = found->second;
            const bool is_one_short = host != nullptr && (is_short(plain) || is_short(host->name));
            if (is_one_short) return host;
        }
        for (const std::string& address : addresses_of(name))
            if (const auto found = by_address_.find(address); found != by_address_.end()) return found->second;
        return nullptr;
    }

private:
    static std::string comparable(std::string_view name) {
        if (name.ends_with('.')) name.remove_suffix(1);
        return lower_case(name);
    }
    /// An address has no short form.
    static std::string short_name(const std::string& name) {
        const bool is_number =
            !name.empty() && is_digit(name.front()) && name.find_first_not_of("0123456789.") == name.npos;
        return is_number ? name : name.substr(0, name.find('.'));
    }
    static bool is_short(const std::string& name) { return name.find('.') == std::string::npos; }

    [[nodiscard]] const std::vector<std::string>& addresses_of(const std::string& name) const {
        static const std::vector<std::string> none;
        const auto found = addresses_.find(name);
        return found == addresses_.end() ? none : found->second;
    }

    const AddressesOfNames& addresses_;
    std::unordered_map<std::string, const Host*> by_name_;
    std::unordered_map<std::string, const Host*> by_short_name_;
    std::unordered_map<std::string, const Host*> by_address_;
};

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t index = 0; index < std::min(names.size(), names_shown_max); ++index)
        text += (index == 0 ? "" : ", ") + names[index];
    if (names.size() > names_shown_max) text += " and " + std::to_string(names.size() - names_shown_max) + " more";
    return text;
}

}  // namespace

AllocationCheck check_against(const Allocation& allocation, std::vector<Host>& hosts,
                              const AddressesOfNames& addresses) {
    const JobNames names(allocation, addresses);
    AllocationCheck check;
    for (Host& host : hosts) {
        const Host* of_job = names.find(host.name);
        if (of_job == nullptr) {
            check.strangers.push_back(host.name);
        } else if (!host.slots) {
            host.slots = of_job->slots;
            if (host.slots_max && host.slots && *host.slots > *host.slots_max) host.slots = host.slots_max;
        } else if (of_job->slots && *host.slots > *of_job->slots) {
            check.overfull.push_back(host.name + ": " + std::to_string(*host.slots) + " slots instead of " +
                                     std::to_string(*of_job->slots));
        }
    }
    return check;
}

std::string describe_check(const AllocationCheck& check, const Allocation& allocation, const std::string& where) {
    std::string text;
    if (!check.strangers.empty())
        text += where + " names hosts that " + allocation.job + " does not have: " + listed(check.strangers);
    if (!check.overfull.empty())
        text += (text.empty() ? where + " gives hosts more than " + allocation.job + " has there: "
                              : "; and more than it has there: ") +
                listed(check.overfull);
    return text.empty() ? text : text + "; --batch none ignores the job";
}

}  // namespace scoop::hostfile
