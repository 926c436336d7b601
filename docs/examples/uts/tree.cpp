#include "tree.hpp"

#include <nettle/sha1.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace {

constexpr double children_max = 100;  // of a geometric node, as in UTS

void put_big_endian(std::span<std::uint8_t, 4> bytes, std::uint32_t number) {
    for (int i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
}

template <std::size_t Size>
Node hash(const std::array<std::uint8_t, Size>& bytes, std::int32_t depth) {
    Node node{{}, depth};
    sha1_ctx context;
    sha1_init(&context);
    sha1_update(&context, bytes.size(), bytes.data());
    sha1_digest(&context, node.state.size(), node.state.data());
    return node;
}

// A number in [0, 1) from the last 31 bits of the state.
double random_of(const Node& node) {
    const auto* last = node.state.data() + 16;
    const std::uint32_t bits =
        std::uint32_t{last[0]} << 24 | std::uint32_t{last[1]} << 16 | std::uint32_t{last[2]} << 8 | last[3];
    return (bits & 0x7fffffffU) / 2147483648.0;
}

std::int32_t count_binomial(const Tree& tree, const Node& node) {
    return random_of(node) < tree.parent_probability ? tree.children : 0;
}

double expected_children(const Tree& tree, double depth) {
    const double root = tree.root_branching;
    const double depth_max = tree.depth_max;
    if (depth == 0) return root;
    switch (tree.shape) {
        case Shape::linear: return root * (1 - depth / depth_max);
        case Shape::exponential: return root * std::pow(depth, -std::log(root) / std::log(depth_max));
        case Shape::cyclic:
            return depth > 5 * depth_max ? 0 : std::pow(root, std::sin(2 * std::numbers::pi * depth / depth_max));
        case Shape::fixed: return depth < depth_max ? root : 0;
    }
    return 0;
}

// Geometrically distributed, by inverting the distribution function.
std::int32_t count_geometric(const Tree& tree, const Node& node) {
    const double stop_probability = 1 / (1 + expected_children(tree, node.depth));
    const double children = std::log(1 - random_of(node)) / std::log(1 - stop_probability);
    return static_cast<std::int32_t>(std::min(children, children_max));
}

}  // namespace

Node root_of(const Tree& tree) {
    std::array<std::uint8_t, 20> bytes{};
    put_big_endian(std::span(bytes).last<4>(), static_cast<std::uint32_t>(tree.seed));
    return hash(bytes, 0);
}

Node child_of(const Node& parent, std::int32_t number) {
    std::array<std::uint8_t, 24> bytes;
    std::copy(parent.state.begin(), parent.state.end(), bytes.begin());
    put_big_endian(std::span(bytes).last<4>(), static_cast<std::uint32_t>(number));
    return hash(bytes, parent.depth + 1);
}

std::int32_t count_children(const Tree& tree, const Node& node) {
    switch (tree.kind) {
        case Kind::binomial:
            if (node.depth == 0) return static_cast<std::int32_t>(tree.root_branching);
            return count_binomial(tree, node);
        case Kind::geometric: return count_geometric(tree, node);
        case Kind::hybrid:
            if (node.depth < tree.geometric_part * tree.depth_max) return count_geometric(tree, node);
            return count_binomial(tree, node);
        case Kind::balanced: return node.depth < tree.depth_max ? static_cast<std::int32_t>(tree.root_branching) : 0;
    }
    return 0;
}
