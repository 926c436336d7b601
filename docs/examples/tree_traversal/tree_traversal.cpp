// The depth of a large tree that lies in memory: a shared value travels to each host once at most, and tasks, which
// divide as they go, get a handle to it and the number of the node below which they look.
//
// run: scoop-run -n 4 tree_traversal [keys]
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <random>
#include <scoop/scoop.hpp>
#include <string>
#include <vector>

namespace {

/// A search tree in a vector: nodes refer to each other by their numbers, so it can be copied to another process.
struct Node {
    std::uint32_t key = 0;
    std::int32_t left = -1;
    std::int32_t right = -1;
};
using Tree = std::vector<Node>;

Tree make_tree(int keys) {
    Tree tree;
    std::mt19937 random(1);
    for (int i = 0; i < keys; ++i) {
        const auto key = static_cast<std::uint32_t>(random());
        std::int32_t parent = tree.empty() ? -1 : 0;
        for (std::int32_t next = parent; next >= 0; next = key < tree[next].key ? tree[next].left : tree[next].right)
            parent = next;
        if (parent >= 0) (key < tree[parent].key ? tree[parent].left : tree[parent].right) = i;
        tree.push_back({key});
    }
    return tree;
}

int depth_below(const Tree& tree, std::int32_t node) {
    if (node < 0) return 0;
    return 1 + std::max(depth_below(tree, tree[node].left), depth_below(tree, tree[node].right));
}

/// The same, with tasks for the first `levels` levels.
int depth_by_tasks(const scoop::Shared<Tree>& tree, std::int32_t node, int levels) {
    if (levels == 0 || node < 0) return depth_below(*tree, node);
    auto left = scoop::submit<depth_by_tasks>(tree, (*tree)[node].left, levels - 1);
    auto right = scoop::submit<depth_by_tasks>(tree, (*tree)[node].right, levels - 1);
    return 1 + std::max(left.get(), right.get());
}

int program(int argc, char** argv) {
    const scoop::Shared<Tree> tree = scoop::share(make_tree(argc > 1 ? std::stoi(argv[1]) : 128'000));
    const int depth = scoop::submit<depth_by_tasks>(tree, 0, 8).get();
    std::cout << "by many tasks: " << depth << '\n';
    const int serial = depth_below(*tree, 0);
    std::cout << "by one:        " << serial << '\n';
    return depth == serial ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
