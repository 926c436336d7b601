// What was written for cereal works with scoop's archives: each of cereal's ways to serialize a class.
#include <doctest/doctest.h>

#include <cereal/types/base_class.hpp>
#include <cereal/types/polymorphic.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scoop/archive.hpp"
#include "scoop/error.hpp"

namespace {

using scoop::detail::deserialize_from;
using scoop::detail::serialize_into;

template <class T>
T sent(const T& value) {
    std::string bytes;
    serialize_into(bytes, value);
    return deserialize_from<T>(bytes);
}

template <class T>
void check_arrives(const T& value) {
    CHECK(sent(value) == value);
}

class WithMember {
public:
    WithMember() = default;
    explicit WithMember(int x) : x_(x) {}
    template <class Archive>
    void serialize(Archive& archive) {
        archive(CEREAL_NVP(x_));
    }
    friend bool operator==(const WithMember&, const WithMember&) = default;

private:
    int x_ = 0;
};

class WithSplit {
public:
    WithSplit() = default;
    explicit WithSplit(double x) : x_(x) {}
    template <class Archive>
    void save(Archive& archive) const {
        archive(x_ * 2);
    }
    template <class Archive>
    void load(Archive& archive) {
        archive(x_);
        x_ /= 2;
    }
    friend bool operator==(const WithSplit&, const WithSplit&) = default;

private:
    double x_ = 0;
};

class WithMinimal {
public:
    WithMinimal() = default;
    explicit WithMinimal(std::string x) : x_(std::move(x)) {}
    template <class Archive>
    std::string save_minimal(const Archive&) const {
        return x_;
    }
    template <class Archive>
    void load_minimal(const Archive&, const std::string& x) {
        x_ = x;
    }
    friend bool operator==(const WithMinimal&, const WithMinimal&) = default;

private:
    std::string x_;
};

struct WithFree {  // an aggregate, but its author's function goes first: only `kept` travels
    int kept = 0;
    int dropped = 0;
};
template <class Archive>
void serialize(Archive& archive, WithFree& value) {
    archive(value.kept);
}

struct WithOurArchiveOnly {  // an aggregate, with functions for scoop's archives alone
    int x = 0;
};
void save(scoop::OutputArchive& archive, const WithOurArchiveOnly& value) { archive(value.x + 1); }
void load(scoop::InputArchive& archive, WithOurArchiveOnly& value) { archive(value.x); }

struct Versioned {
    int x = 0;
    std::uint32_t version_seen = 0;
    template <class Archive>
    void serialize(Archive& archive, std::uint32_t version) {
        archive(x);
        version_seen = version;
    }
};

struct Derived : WithMember {
    Derived() = default;
    Derived(int base, int own) : WithMember(base), y(own) {}
    template <class Archive>
    void serialize(Archive& archive) {
        archive(cereal::base_class<WithMember>(this), y);
    }
    int y = 0;
    friend bool operator==(const Derived&, const Derived&) = default;
};

struct Shape {
    virtual ~Shape() = default;
    [[nodiscard]] virtual double area() const = 0;
};
struct Square : Shape {
    Square() = default;
    explicit Square(double a) : side(a) {}
    [[nodiscard]] double area() const override { return side * side; }
    template <class Archive>
    void serialize(Archive& archive) {
        archive(side);
    }
    double side = 0;
};
struct Unregistered : Square {};

class WithoutDefault {
public:
    explicit WithoutDefault(int x) : x_(x) {}
    [[nodiscard]] int x() const { return x_; }
    template <class Archive>
    void serialize(Archive& archive) {
        archive(x_);
    }
    template <class Archive>
    static void load_and_construct(Archive& archive, cereal::construct<WithoutDefault>& construct) {
        int x = 0;
        archive(x);
        construct(x);
    }

private:
    int x_;
};

}  // namespace

CEREAL_CLASS_VERSION(Versioned, 7)
CEREAL_REGISTER_TYPE(Square)
CEREAL_REGISTER_POLYMORPHIC_RELATION(Shape, Square)

TEST_CASE("every way of cereal's to serialize a class works") {
    check_arrives(WithMember(5));
    check_arrives(WithSplit(5));
    check_arrives(WithMinimal("a"));
    check_arrives(Derived(5, 6));
    check_arrives(std::map<int, std::vector<WithMember>>{{1, {WithMember(2)}}});
    const WithFree with_free = sent(WithFree{5, 6});
    CHECK(with_free.kept == 5);
    CHECK(with_free.dropped == 0);
    CHECK(sent(WithOurArchiveOnly{5}).x == 6);
}

TEST_CASE("a class version travels once and is handed back") {
    const auto copy = sent(std::vector<Versioned>{{1, 0}, {2, 0}});
    CHECK(copy[0].version_seen == 7);
    CHECK(copy[1].x == 2);
}

TEST_CASE("polymorphic objects arrive as what they are") {
    std::string bytes;
    std::unique_ptr<Shape> shape = std::make_unique<Square>(3.0);
    serialize_into(bytes, shape);
    CHECK(deserialize_from<std::unique_ptr<Shape>>(bytes)->area() == 9.0);
    const auto shared = sent(std::shared_ptr<Shape>(std::make_shared<Square>(4.0)));
    CHECK(shared->area() == 16.0);
}

TEST_CASE("a polymorphic object of an unregistered type is a SerializationError and leaves the buffer as it was") {
    std::string bytes = "kept";
    const std::unique_ptr<Shape> shape = std::make_unique<Unregistered>();
    CHECK_THROWS_AS(serialize_into(bytes, shape), scoop::SerializationError);
    CHECK(bytes == "kept");
}

TEST_CASE("a type without a default constructor travels behind a pointer when it has load_and_construct") {
    std::string bytes;
    serialize_into(bytes, std::make_unique<WithoutDefault>(5));
    CHECK(deserialize_from<std::unique_ptr<WithoutDefault>>(bytes)->x() == 5);
    CHECK(sent(std::make_shared<WithoutDefault>(6))->x() == 6);
}
