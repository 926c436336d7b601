// The trees of the Unbalanced Tree Search benchmark: what a node is, and how many children it has.
//
// S. Olivier, J. Huan, J. Liu, J. Prins, J. Dinan, P. Sadayappan, C.-W. Tseng: UTS: An Unbalanced Tree Search Benchmark
// (LCPC 2006). A tree is never stored: a node's state is a SHA-1 hash from which its number of children follows, and a
// child's state is the hash of its parent's state and its own number. So each node can be visited anywhere, and a tree
// of given parameters has the same nodes everywhere: the counts below are the published ones.
#pragma once

#include <array>
#include <cstdint>

enum class Kind : std::int32_t { binomial, geometric, hybrid, balanced };
enum class Shape : std::int32_t { linear, exponential, cyclic, fixed };

/// The parameters of a tree, with the letters and the defaults of UTS's own command line.
struct Tree {
    Kind kind = Kind::geometric;              // -t
    Shape shape = Shape::linear;              // -a  how the branching of a geometric tree changes with depth
    double root_branching = 4;                // -b
    std::int32_t depth_max = 6;               // -d  of a geometric tree
    double geometric_part = 0.5;              // -f  of the depth of a hybrid tree; below, it is binomial
    double parent_probability = 15.0 / 64.0;  // -q  that a node of a binomial tree has children
    std::int32_t children = 4;                // -m  that it has then
    std::int32_t seed = 0;                    // -r
};

struct Node {
    std::array<std::uint8_t, 20> state;
    std::int32_t depth;
};

[[nodiscard]] Node root_of(const Tree& tree);
[[nodiscard]] std::int32_t count_children(const Tree& tree, const Node& node);
[[nodiscard]] Node child_of(const Node& parent, std::int32_t number);
