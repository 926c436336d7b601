// The dates of <chrono>: taken apart into what they are made of, down to numbers. Values that are not ok() stay so.
#pragma once

#include <chrono>
#include <cstdint>
#include <tuple>

#include "scoop/detail/archive_core.hpp"

namespace scoop::detail {

/// The parts of such a value, and the value that is made of them.
template <class T>
struct Calendar;
template <>
struct Calendar<std::chrono::year> {
    static std::tuple<std::int16_t> parts(std::chrono::year y) {
        return {static_cast<std::int16_t>(static_cast<int>(y))};
    }
    static std::chrono::year whole(std::int16_t y) { return std::chrono::year(y); }
};
template <>
struct Calendar<std::chrono::month> {
    static std::tuple<std::uint8_t> parts(std::chrono::month m) {
        return {static_cast<std::uint8_t>(static_cast<unsigned>(m))};
    }
    static std::chrono::month whole(std::uint8_t m) { return std::chrono::month(m); }
};
template <>
struct Calendar<std::chrono::day> {
    static std::tuple<std::uint8_t> parts(std::chrono::day d) {
        return {static_cast<std::uint8_t>(static_cast<unsigned>(d))};
    }
    static std::chrono::day whole(std::uint8_t d) { return std::chrono::day(d); }
};
template <>
struct Calendar<std::chrono::weekday> {
    static std::tuple<std::uint8_t> parts(std::chrono::weekday w) {
        return {static_cast<std::uint8_t>(w.c_encoding())};
    }
    static std::chrono::weekday whole(std::uint8_t w) { return std::chrono::weekday(w); }
};
template <>
struct Calendar<std::chrono::weekday_indexed> {
    using Type = std::chrono::weekday_indexed;
    static std::tuple<std::chrono::weekday, std::uint8_t> parts(Type w) {
        return {w.weekday(), static_cast<std::uint8_t>(w.index())};
    }
    static Type whole(std::chrono::weekday w, std::uint8_t index) { return Type(w, index); }
};
template <>
struct Calendar<std::chrono::month_day> {
    using Type = std::chrono::month_day;
    static std::tuple<std::chrono::month, std::chrono::day> parts(Type d) { return {d.month(), d.day()}; }
    static Type whole(std::chrono::month m, std::chrono::day d) { return Type(m, d); }
};
template <>
struct Calendar<std::chrono::year_month> {
    using Type = std::chrono::year_month;
    static std::tuple<std::chrono::year, std::chrono::month> parts(Type m) { return {m.year(), m.month()}; }
    static Type whole(std::chrono::year y, std::chrono::month m) { return Type(y, m); }
};
template <>
struct Calendar<std::chrono::year_month_day> {
    using Type = std::chrono::year_month_day;
    static std::tuple<std::chrono::year, std::chrono::month, std::chrono::day> parts(Type d) {
        return {d.year(), d.month(), d.day()};
    }
    static Type whole(std::chrono::year y, std::chrono::month m, std::chrono::day d) { return Type(y, m, d); }
};
template <>
struct Calendar<std::chrono::year_month_weekday> {
    using Type = std::chrono::year_month_weekday;
    static std::tuple<std::chrono::year, std::chrono::month, std::chrono::weekday_indexed> parts(Type d) {
        return {d.year(), d.month(), d.weekday_indexed()};
    }
    static Type whole(std::chrono::year y, std::chrono::month m, std::chrono::weekday_indexed w) {
        return Type(y, m, w);
    }
};

template <class T>
concept CalendarValue = requires(T value) { Calendar<T>::parts(value); };

template <CalendarValue T>
void save(OutputArchive& archive, const T& value) {
    std::apply([&archive](const auto&... part) { archive(part...); }, Calendar<T>::parts(value));
}
template <CalendarValue T>
void load(InputArchive& archive, T& value) {
    decltype(Calendar<T>::parts(value)) parts;
    std::apply([&archive](auto&... part) { archive(part...); }, parts);
    value = std::apply(&Calendar<T>::whole, parts);
}

}  // namespace scoop::detail
