// Values for all: constants, shared values, bounds, calls in every worker.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <numeric>
#include <ranges>
#include <scoop/scoop.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "labelled.hpp"
#include "start_count.hpp"

namespace {

using namespace std::chrono_literals;

int rank_here() { return scoop::rank(); }
int plus_rank(int n) { return n + scoop::rank(); }
int fails_on_last(int) { return scoop::rank() + 1 == scoop::size() ? throw std::domain_error("last") : scoop::rank(); }
int starts_here() { return starts; }

double read_constant(const std::string& name) { return scoop::get_const<std::vector<double>>(name)[1]; }
double read_deep(const std::string& name, int depth) {
    return depth == 0 ? read_constant(name) : scoop::submit<read_deep>(name, depth - 1).get();
}
void set_late(const std::string& name, int value) {
    std::this_thread::sleep_for(50ms);
    scoop::set_const(name, value);
}
std::string join_number(const std::string& word, int number) { return word + ':' + std::to_string(number); }
bool try_to_set(const std::string& name, int value) {
    try {
        scoop::set_const(name, value);
        return true;
    } catch (const scoop::ConstantExists&) {
        return false;
    }
}

double dot(const std::vector<double>& weights, std::size_t i) { return weights[i % weights.size()] * 2; }
double first_of(scoop::Shared<std::vector<double>> values) { return values->front(); }
double pass_on(scoop::Shared<std::vector<double>> values, int depth) {
    return depth == 0 ? (*values)[2] : scoop::submit<pass_on>(values, depth - 1).get();
}
scoop::Shared<std::string> made_elsewhere(int n) { return scoop::share("made by " + std::to_string(n)); }
std::size_t length_of(const std::string& text) { return text.size(); }
scoop::Shared<std::string> give_back(scoop::Shared<std::string> text) { return text; }
/// Its future is dropped before it runs; the handle goes on living in it.
void leave_behind(scoop::Shared<std::string> text, const std::string& name) {
    (void)scoop::submit<[](scoop::Shared<std::string> kept, std::string result) {
        std::this_thread::sleep_for(20ms);
        scoop::set_const(result, kept->size());
    }>(text, name);
}

double read_labelled(const scoop::Shared<std::vector<scoop::Shared<Labelled>>>& shared, int home) {
    if (scoop::rank() == home) return 3;
    const auto& all = *shared;
    double sum = 0;
    for (const auto& one : all) sum += one->values->at(0);
    return sum;
}
/// Shares handles that nothing in this process has read through.
double read_everywhere(const scoop::Shared<std::vector<double>>& values, const std::string& label) {
    const auto all =
        scoop::share(std::vector{scoop::share(Labelled{values, label}), scoop::share(Labelled{values, ""})});
    const auto sums = scoop::on_each_worker<read_labelled>(all, scoop::rank());
    return std::accumulate(sums.begin(), sums.end(), 0.0) / static_cast<double>(sums.size());
}

/// Saving it throws what is not scoop's own.
struct Stubborn {
    int number = 0;
    template <class Archive>
    void save(Archive&) const {
        throw std::domain_error("not today");
    }
    template <class Archive>
    void load(Archive&) {}
};
struct Node {
    std::unique_ptr<Node> next;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(next);
    }
};
/// In another process than the value's: what its reader gets to see. Twice, since a second one asks nobody any more.
template <class T>
std::string why_not_read(scoop::Shared<T> shared, int home) {
    std::string why;
    for (int i = 0; i < 2; ++i) {
        try {
            (void)*shared;
            return scoop::rank() == home ? "at home" : "read";
        } catch (const scoop::SerializationError& error) {
            why = error.what();
        }
    }
    return why;
}
std::string why_no_stubborn(scoop::Shared<Stubborn> shared, int home) { return why_not_read(shared, home); }
std::string why_no_list(scoop::Shared<Node> shared, int home) { return why_not_read(shared, home); }

int search(scoop::Best<int> best, int n) {
    best.offer(n);
    return best.get();
}
long most(scoop::Best<long, std::greater<long>> best, long n) {
    (void)best.offer(n);
    return n;
}

}  // namespace

TEST_CASE("a literal is shared as a string") {
    const auto text = scoop::share("literal");
    CHECK(std::is_same_v<decltype(text), const scoop::Shared<std::string>>);
    CHECK(*text == "literal");
    CHECK(scoop::submit<length_of>(text).get() == 7);
}

TEST_CASE("a call on each worker") {
    std::vector<int> ranks(static_cast<std::size_t>(scoop::size()));
    std::iota(ranks.begin(), ranks.end(), 0);
    CHECK(scoop::on_each_worker<rank_here>() == ranks);
    CHECK(scoop::on_each_worker<plus_rank>(10).back() == scoop::size() + 9);
    CHECK(scoop::on_each_worker([] { return scoop::rank(); }) == ranks);
    CHECK_THROWS_AS(scoop::on_each_worker<fails_on_last>(1), std::domain_error);
    CHECK(scoop::submit<[] { return scoop::on_each_worker<rank_here>().size(); }>().get() == ranks.size());
    for (const int count : scoop::on_each_worker<starts_here>()) CHECK(count == 1);
}

TEST_CASE("constants are seen by every task that is submitted after them") {
    scoop::set_const("weights", std::vector<double>{1, 2.5, 3});
    CHECK(scoop::get_const<std::vector<double>>("weights")[1] == 2.5);
    CHECK(&scoop::get_const<std::vector<double>>("weights") == &scoop::get_const<std::vector<double>>("weights"));
    CHECK(scoop::submit<read_deep>("weights", 4).get() == 2.5);
    for (double value : scoop::map<read_constant>(std::vector<std::string>(40, "weights"))) CHECK(value == 2.5);
    CHECK_THROWS_AS(scoop::set_const("weights", 1), scoop::ConstantExists);
    CHECK_THROWS_AS((void)scoop::get_const<int>("weights"), scoop::Error);
    CHECK_THROWS_AS((void)scoop::get_const<int>("never set", 20ms), scoop::TimeoutError);
    scoop::set_const("greeting", "hello");
    CHECK(scoop::get_const<std::string>("greeting") == "hello");
}

TEST_CASE("a constant is set once, whoever tries, and waited for") {
    const std::vector<bool> tried =
        scoop::map<try_to_set>(std::vector<std::string>(20, "contested"), scoop::range(20)).collect();
    CHECK(std::count(tried.begin(), tried.end(), true) == 1);
    const auto winner = std::find(tried.begin(), tried.end(), true) - tried.begin();
    CHECK(scoop::get_const<int>("contested") == winner);
    auto setting = scoop::submit<set_late>("late", 5);
    CHECK(scoop::get_const<int>("late", 60s) == 5);
    setting.get();
}

TEST_CASE("a shared value is read wherever its handle goes") {
    const auto weights = scoop::share(std::vector<double>{1, 2, 3});
    CHECK(weights->size() == 3);
    CHECK(scoop::submit<first_of>(weights).get() == 1);
    CHECK(scoop::submit<pass_on>(weights, 5).get() == 3);
    double sum = 0;
    for (double value : scoop::map<dot>(scoop::fixed(weights), scoop::range(300))) sum += value;
    CHECK(sum == 1200);
    CHECK(scoop::submit<dot>(weights, 1).get() == 4);  // for a parameter of its value's type
}

TEST_CASE("a shared range stands for the range in maps") {
    std::vector<std::string> words;
    for (int i = 0; i < 5000; ++i) words.push_back("word " + std::to_string(i));
    const auto shared = scoop::share(words);
    std::size_t i = 0;
    for (const std::string& joined : scoop::map<join_number>(shared, scoop::range(5000))) {
        REQUIRE(joined == join_number(words[i], static_cast<int>(i)));
        ++i;
    }
    CHECK(i == 5000);
    const auto sizes = scoop::map([](const auto& word) { return word.size(); }, shared).collect();
    CHECK(sizes.size() == 5000);
    CHECK(sizes[4999] == 9);
    // Beside a range that is read once the elements are pulled, too.
    auto numbers = std::views::iota(0) | std::views::filter([](int n) { return n % 2 == 0; });
    CHECK(scoop::map<join_number>(shared, numbers).collect()[2] == "word 2:4");
    CHECK(scoop::map_reduce<&std::string::size, std::plus<std::size_t>{}>(
              scoop::share(std::vector<std::string>{"a", "bc"})) == 3);
}

TEST_CASE("shared values outlive the task that made or returned them") {
    std::vector<scoop::Future<scoop::Shared<std::string>>> futures;
    for (int i = 0; i < 20; ++i) futures.push_back(scoop::submit<made_elsewhere>(i));
    for (int i = 0; i < 20; ++i) {
        const auto text = futures[static_cast<std::size_t>(i)].get();
        CHECK(*text == "made by " + std::to_string(i));
        CHECK(scoop::submit<length_of>(text).get() == text->size());
    }
    auto back = scoop::submit<give_back>(scoop::share(std::string("there and back")));
    CHECK(*back.get() == "there and back");
    scoop::submit<leave_behind>(scoop::share(std::string(1000, 'x')), "left behind").get();
    CHECK(scoop::get_const<std::size_t>("left behind", 60s) == 1000);
}

TEST_CASE("a shared value may hold handles to others") {
    for (const std::size_t count : {1U, 100'000U}) {
        const auto values = scoop::share(std::vector<double>(count, 1.5));
        for (const double sum : scoop::on_each_worker<read_everywhere>(values, "label")) CHECK(sum == 3);
    }
}

TEST_CASE("a shared value that cannot be saved is told to whoever reads it") {
    const auto stubborn = scoop::share(Stubborn{});
    Node list;
    for (Node* last = &list; auto i : scoop::range(2000)) {
        last->next = std::make_unique<Node>();
        last = last->next.get();
        (void)i;
    }
    const auto deep = scoop::share(std::move(list));
    const auto stubborn_seen = scoop::on_each_worker<why_no_stubborn>(stubborn, scoop::rank());
    const auto deep_seen = scoop::on_each_worker<why_no_list>(deep, scoop::rank());
    for (std::size_t rank = 0; rank < stubborn_seen.size(); ++rank) {
        const bool is_home = rank == static_cast<std::size_t>(scoop::rank());
        CHECK((is_home ? stubborn_seen[rank] == "at home"
                       : stubborn_seen[rank].ends_with("std::domain_error: not today")));
        CHECK((is_home ? deep_seen[rank] == "at home" : deep_seen[rank].find("cannot be sent") != std::string::npos));
    }
}

TEST_CASE("large shared values") {
    const auto numbers = scoop::share(std::vector<double>(500'000, 0.5));
    const auto sums = scoop::map<[](const std::vector<double>& values, int) {
                          return std::accumulate(values.begin(), values.end(), 0.0);
                      }>(scoop::fixed(numbers), scoop::range(12))
                          .collect();
    for (const double sum : sums) CHECK(sum == 250'000);
    CHECK_THROWS_AS(*scoop::Shared<int>(), scoop::Error);
}

TEST_CASE("a bound only improves and reaches everybody") {
    const scoop::Best<int> best(1000);
    int worst = 0;
    for (int value : scoop::map<search>(scoop::fixed(best), scoop::range(1, 500))) worst = std::max(worst, value);
    CHECK(worst <= 499);
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (best.get() != 1 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    CHECK(best.get() == 1);
    const scoop::Best<long, std::greater<long>> largest(0);
    scoop::map<most>(scoop::fixed(largest), scoop::range(1L, 100L)).collect();
    while (largest.get() != 99 && std::chrono::steady_clock::now() < limit) std::this_thread::yield();
    CHECK(largest.get() == 99);
}

TEST_CASE("a line of log says where it comes from") {
    scoop::log(scoop::Level::info, "one line\nand another");  // tests/process/job_test.py looks at such lines
}
