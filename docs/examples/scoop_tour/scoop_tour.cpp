// One short stop at each thing that can be done with tasks, after the example programs of Python's SCOOP.
//
// run: scoop-run -n 4 scoop_tour [stop...]
//
// Without arguments it visits all stops. Each is a function below; none needs another.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <iostream>
#include <iterator>
#include <latch>
#include <map>
#include <numeric>
#include <scoop/scoop.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;

template <class Range>
void print(const Range& values) {
    for (std::string_view separator; const auto& value : values) {
        std::cout << separator << value;
        separator = " ";
    }
    std::cout << '\n';
}

// map: one call for each element; the results come in the order of the elements, wherever they ran.

std::string greet(int number) { return "hello from task " + std::to_string(number); }

void visit_map() {
    for (const std::string& greeting : scoop::map<greet>(scoop::range(4))) std::cout << greeting << '\n';
}

// map_as_completed: the same, but each result as soon as it is there.

void visit_map_as_completed() {
    for (auto& greeting : scoop::map_as_completed<greet>(scoop::range(4))) std::cout << greeting.get() << '\n';
}

// map_reduce: results are combined where they are made, in the order of the elements.

long square(long n) { return n * n; }

void visit_map_reduce() { std::cout << scoop::map_reduce<square, std::plus<long>{}>(scoop::range(1000L)) << '\n'; }

// map_scan: all partial results of such a reduction.

void visit_map_scan() { print(scoop::map_scan<square, std::plus<long>{}>(std::vector<long>{10, 20, 30})); }

// on_done: a function of this process that is called when a task is done.

int sleep_for(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
    return milliseconds;
}

void visit_callback() {
    std::latch called(5);
    int sum = 0;  // callbacks come one after the other
    for (int i = 1; i <= 5; ++i) {
        scoop::submit<sleep_for>(10 * i).on_done([&](scoop::Future<int>& done) {
            sum += done.get();
            called.count_down();
        });
    }
    called.wait();
    std::cout << "five tasks slept for " << sum << " ms\n";
}

// Tasks may submit tasks, to any depth. A task that waits does not keep its worker from other work.

int count_leaves(int depth) {
    if (depth == 0) return 1;
    auto left = scoop::submit<count_leaves>(depth - 1);
    auto right = scoop::submit<count_leaves>(depth - 1);
    return left.get() + right.get();
}

void visit_recursion() { std::cout << "2^12 = " << scoop::submit<count_leaves>(12).get() << '\n'; }

// Lambdas without captures, functions of the standard library, and objects with a call operator, whose members travel.

struct Polynomial {
    std::vector<double> coefficients;

    double operator()(double x) const {
        double sum = 0;
        for (double coefficient : coefficients) sum = sum * x + coefficient;
        return sum;
    }
};

void visit_callables() {
    print(scoop::map([](int x) { return x * 2; }, scoop::range(10)).collect());
    print(scoop::map<[](double x) { return std::cos(x); }>(scoop::range(3)).collect());
    print(scoop::map(Polynomial{{1, 0, -1}}, std::vector<double>{1, 2, 3}).collect());  // x² - 1
}

// Objects: a task works on a copy, so what it changes comes back as its result.

struct Account {
    std::string owner;
    int balance = 0;

    [[nodiscard]] Account after_deposit(int amount) const { return {owner, balance + amount}; }
};

void visit_objects() {
    const std::vector<Account> accounts{{"ada", 5}, {"bob", 7}};
    for (const Account& account : scoop::map<&Account::after_deposit>(accounts, scoop::fixed(10)))
        std::cout << account.owner << " has " << account.balance << '\n';
}

// Futures as arguments: the second task starts when the first is done, and nobody waits in between.

void visit_dataflow() {
    auto first = scoop::submit<square>(3);
    std::cout << scoop::submit<square>(std::move(first)).get() << '\n';
}

// Group: a set of tasks that grows with what the tasks find; here all numbers up to 200 that can be reached from 1.

std::vector<int> neighbours_of(int number) {
    std::vector<int> neighbours;
    for (int next : {2 * number, 3 * number + 1, number - 5})
        if (next > 0 && next <= 200) neighbours.push_back(next);
    return neighbours;
}

void visit_group() {
    scoop::Group<std::vector<int>> searches;
    std::set<int> reached{1};
    searches.submit<neighbours_of>(1);
    while (auto search = searches.next())
        for (int number : search->get())
            if (reached.insert(number).second) searches.submit<neighbours_of>(number);
    std::cout << reached.size() << " numbers reached\n";
}

// Constants: values with a name, set once, that every task submitted afterwards can read.

int score(const std::string& word) {
    const auto& points = scoop::get_const<std::map<char, int>>("points");
    int sum = 0;
    for (char letter : word) sum += points.contains(letter) ? points.at(letter) : 1;
    return sum;
}

void visit_constants() {
    scoop::set_const("points", std::map<char, int>{{'f', 4}, {'k', 5}, {'p', 3}, {'z', 10}});
    print(scoop::map<score>(std::vector<std::string>{"task", "pizza", "future"}).collect());
}

// share: a large value travels to each host once at most; a function that wants the value gets it from the handle.

long sum_between(const std::vector<long>& numbers, std::size_t begin, std::size_t end) {
    return std::accumulate(numbers.begin() + begin, numbers.begin() + end, 0L);
}

void visit_share() {
    std::vector<long> numbers(100'000);
    std::iota(numbers.begin(), numbers.end(), 0L);
    const auto shared = scoop::share(std::move(numbers));
    auto lower = scoop::submit<sum_between>(shared, 0, 50'000);
    auto upper = scoop::submit<sum_between>(shared, 50'000, 100'000);
    std::cout << lower.get() + upper.get() << '\n';
}

// on_each_worker: one call in every process of the job, for what each must have done once.

void visit_each_worker() {
    const std::vector<int> ranks = scoop::on_each_worker<&scoop::rank>();
    std::cout << (std::ranges::is_sorted(ranks) && std::ssize(ranks) == scoop::size() ? "every worker" : "some workers")
              << " answered\n";
}

// Waiting for the first of several tasks, and ending those that are not needed any more.

int find_slowly(int milliseconds) {
    while (milliseconds-- > 0 && !scoop::stop_requested()) std::this_thread::sleep_for(1ms);
    return milliseconds;
}

void visit_wait() {
    std::vector<scoop::Future<int>> searches;
    for (int milliseconds : {5, 2000, 2000}) searches.push_back(scoop::submit<find_slowly>(milliseconds));
    const auto [done, not_done] = scoop::wait(searches, scoop::When::first_completed);
    for (std::size_t i : not_done) searches[i].cancel();
    std::cout << done.size() << " done, " << not_done.size() << " cancelled\n";
}

// Exceptions of the std hierarchy arrive as their own type, through any number of tasks.

double root_of(double x) {
    if (x < 0) throw std::domain_error("no root of " + std::to_string(x));
    return std::sqrt(x);
}
double sum_of_roots(const std::vector<double>& numbers) {
    const auto roots = scoop::map<root_of>(numbers).collect();
    return std::accumulate(roots.begin(), roots.end(), 0.0);
}

void visit_exceptions() {
    try {
        std::cout << scoop::submit<sum_of_roots>(std::vector<double>{4, -9, 16}).get() << '\n';
    } catch (const std::domain_error& error) {
        std::cout << error.what() << '\n';
    }
}

// A residual sum of squares in blocks: work in coarse pieces, on a part of the data each.

double residual_of_block(const std::vector<double>& x, const std::vector<double>& y) {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += (y[i] - 2 * x[i]) * (y[i] - 2 * x[i]);
    return sum;
}

void visit_residual() {
    std::vector<std::vector<double>> x(8), y(8);
    for (int block = 0; block < 8; ++block) {
        for (int i = 0; i < 25'000; ++i) {
            x[block].push_back(block + i / 25'000.0);
            y[block].push_back(2 * x[block][i] + (i % 2 == 0 ? 0.5 : -0.5));
        }
    }
    std::cout << scoop::map_reduce<residual_of_block, std::plus<double>{}>(x, y) << '\n';
}

// Results may be as large as one likes: here sets that are united two by two.

constexpr int limit = 100'000;

std::vector<int> multiples_of(int divisor) {
    std::vector<int> multiples;
    for (int n = 0; n < limit; n += divisor) multiples.push_back(n);
    return multiples;
}
std::vector<int> unite(std::vector<int> a, std::vector<int> b) {
    std::vector<int> both;
    std::ranges::set_union(a, b, std::back_inserter(both));
    return both;
}

void visit_multiples() {
    const auto multiples = scoop::map_reduce<multiples_of, unite>(std::vector<int>{3, 5});
    std::cout << std::accumulate(multiples.begin(), multiples.end(), 0LL) << '\n';
}

struct Stop {
    std::string_view name;
    void (*visit)();
};
constexpr Stop stops[] = {
    {"map", visit_map},
    {"map_as_completed", visit_map_as_completed},
    {"map_reduce", visit_map_reduce},
    {"map_scan", visit_map_scan},
    {"callback", visit_callback},
    {"recursion", visit_recursion},
    {"callables", visit_callables},
    {"objects", visit_objects},
    {"dataflow", visit_dataflow},
    {"group", visit_group},
    {"constants", visit_constants},
    {"share", visit_share},
    {"each_worker", visit_each_worker},
    {"wait", visit_wait},
    {"exceptions", visit_exceptions},
    {"residual", visit_residual},
    {"multiples", visit_multiples},
};

int program(int argc, char** argv) {
    const std::vector<std::string_view> wanted(argv + 1, argv + argc);
    for (const Stop& stop : stops) {
        if (!wanted.empty() && std::ranges::find(wanted, stop.name) == wanted.end()) continue;
        std::cout << "-- " << stop.name << '\n';
        stop.visit();
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
