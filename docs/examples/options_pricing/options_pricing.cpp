// Prices of options by Monte Carlo simulation: classes as arguments of tasks, and random numbers that do not depend on
// how many workers there are.
//
// run: scoop-run -n 4 options_pricing [blocks of paths]
//
// The option is an object of a class hierarchy and travels as a pointer to its base. Each block of paths has a random
// engine of its own, seeded by the number of the block. The blocks' sums are added in the order of the blocks, since a
// sum of doubles depends on the order: so all digits are the same at any number of workers.
#include <cereal/types/polymorphic.hpp>
#include <cmath>
#include <cstdint>
#include <iomanip>
#include <iostream>
#include <memory>
#include <numbers>
#include <numeric>
#include <random>
#include <scoop/scoop.hpp>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int paths_per_block = 2000;
constexpr int months = 12;

/// What an option pays at the end, given the price of its share at the end of each month.
class Option {
public:
    virtual ~Option() = default;
    [[nodiscard]] virtual double pay(const std::vector<double>& prices) const = 0;
};

class Call : public Option {
public:
    Call() = default;
    explicit Call(double strike) : strike_(strike) {}
    [[nodiscard]] double pay(const std::vector<double>& prices) const override { return pay_for(prices.back()); }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(strike_);
    }

protected:
    [[nodiscard]] double pay_for(double price) const { return std::max(price - strike_, 0.0); }

private:
    double strike_ = 0;
};

/// Pays by the average price.
class AsianCall : public Call {
public:
    using Call::Call;
    [[nodiscard]] double pay(const std::vector<double>& prices) const override {
        return pay_for(std::accumulate(prices.begin(), prices.end(), 0.0) / static_cast<double>(prices.size()));
    }
};

/// Pays nothing once the price has been too high.
class BarrierCall : public Call {
public:
    BarrierCall() = default;
    BarrierCall(double strike, double barrier) : Call(strike), barrier_(barrier) {}
    [[nodiscard]] double pay(const std::vector<double>& prices) const override {
        for (double price : prices)
            if (price >= barrier_) return 0;
        return Call::pay(prices);
    }

    template <class Archive>
    void serialize(Archive& archive) {
        archive(cereal::base_class<Call>(this), barrier_);
    }

private:
    double barrier_ = 0;
};

}  // namespace

CEREAL_REGISTER_TYPE(Call)
CEREAL_REGISTER_TYPE(AsianCall)
CEREAL_REGISTER_TYPE(BarrierCall)
CEREAL_REGISTER_POLYMORPHIC_RELATION(Option, Call)
CEREAL_REGISTER_POLYMORPHIC_RELATION(Call, AsianCall)
CEREAL_REGISTER_POLYMORPHIC_RELATION(Call, BarrierCall)

namespace {

/// A share whose price moves at random.
struct Market {
    double price = 100;
    double interest = 0.05;    // a year
    double volatility = 0.20;  // a year
};

struct Sums {
    double pay = 0;
    double pay_squared = 0;
};

/// Normally distributed numbers. The engine is the same everywhere, std::normal_distribution is not.
class NormalNumbers {
public:
    explicit NormalNumbers(std::uint64_t stream) {
        std::seed_seq seed{std::uint64_t{2024}, stream};
        engine_.seed(seed);
    }
    double operator()() {  // Box and Muller
        const double length = std::sqrt(-2 * std::log(1 - next_uniform()));
        return length * std::cos(2 * std::numbers::pi * next_uniform());
    }

private:
    double next_uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
    std::mt19937_64 engine_;
};

Sums simulate(std::uint64_t block, const Market& market, const std::shared_ptr<Option>& option) {
    NormalNumbers normal(block);
    const double drift = (market.interest - market.volatility * market.volatility / 2) / months;
    const double spread = market.volatility / std::sqrt(months);
    Sums sums;
    std::vector<double> prices(months);
    for (int path = 0; path < paths_per_block; ++path) {
        double price = market.price;
        for (double& at_end_of_month : prices) at_end_of_month = price *= std::exp(drift + spread * normal());
        const double pay = option->pay(prices) * std::exp(-market.interest);
        sums.pay += pay;
        sums.pay_squared += pay * pay;
    }
    return sums;
}

struct Estimate {
    double price;
    double error;  // one standard deviation
};

Estimate estimate(const Market& market, std::shared_ptr<Option> option, std::uint64_t blocks) {
    Sums total;
    for (const Sums& sums :
         scoop::map<simulate>(scoop::range(blocks), scoop::fixed(market), scoop::fixed(std::move(option)))) {
        total.pay += sums.pay;
        total.pay_squared += sums.pay_squared;
    }
    const double paths = static_cast<double>(blocks) * paths_per_block;
    const double mean = total.pay / paths;
    return {mean, std::sqrt((total.pay_squared / paths - mean * mean) / paths)};
}

/// The price of a call by the formula of Black and Scholes.
double price_by_formula(const Market& market, double strike) {
    const auto normal_probability = [](double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; };
    const double d = (std::log(market.price / strike) + market.interest) / market.volatility + market.volatility / 2;
    return market.price * normal_probability(d) -
           strike * std::exp(-market.interest) * normal_probability(d - market.volatility);
}

int program(int argc, char** argv) {
    const std::uint64_t blocks = argc > 1 ? std::stoull(argv[1]) : 100;
    const Market market;
    const auto print = [](const char* name, const Estimate& estimate) {
        std::cout << std::fixed << std::setprecision(6) << name << estimate.price << " +- " << estimate.error << '\n';
    };
    const Estimate call = estimate(market, std::make_shared<Call>(100), blocks);
    print("call          ", call);
    print("asian call    ", estimate(market, std::make_shared<AsianCall>(100), blocks));
    print("barrier call  ", estimate(market, std::make_shared<BarrierCall>(100, 130), blocks));

    const double exact = price_by_formula(market, 100);
    const bool agree = std::abs(call.price - exact) < 4 * call.error;
    std::cout << "the call by formula is " << exact
              << (agree ? ": the simulation agrees\n" : ": the simulation differs\n");
    return agree ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
