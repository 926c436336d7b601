// Unbalanced Tree Search: counts the nodes of a tree that nobody can divide fairly beforehand.
//
// usage: uts [-t kind] [-a shape] [-b branching] [-d depth] [-f part] [-q probability] [-m children] [-r seed] [-c
// chunk]
//
// The options are those of the UTS benchmark (tree.hpp); -c is how many nodes a task visits before it divides what is
// left. Without an option the tree is T1. Some published trees:
//   T1  -t 1 -a 3 -d 10 -b 4 -r 19                   4130071 nodes, depth   10, 3305118 leaves
//   T2  -t 1 -a 2 -d 16 -b 6 -r 502                  4117769 nodes, depth   81, 2342762 leaves
//   T3  -t 0 -b 2000 -q 0.124875 -m 8 -r 42          4112897 nodes, depth 1572, 3599034 leaves
//   T4  -t 2 -a 0 -d 16 -b 6 -r 1 -q 0.234375 -m 4   4132453 nodes, depth  134, 3108986 leaves
//   T5  -t 1 -a 0 -d 20 -b 4 -r 34                   4147582 nodes, depth   20, 2181318 leaves
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <scoop/scoop.hpp>
#include <string_view>
#include <vector>

#include "tree.hpp"

namespace {

constexpr const char* usage = R"(usage: uts [options]
The tree (see tree.hpp for what they mean); without any option it is T1, that is -t 1 -a 3 -d 10 -b 4 -r 19:
  -t 0..3   kind: binomial, geometric, hybrid, balanced (1)
  -a 0..3   how the branching changes with depth: linear, exponential, cyclic, fixed (0)
  -b N      branching of the root (4)
  -d N      depth of a geometric tree (6)
  -f N      geometric part of the depth of a hybrid tree (0.5)
  -q N      probability that a node of a binomial tree has children (0.234375)
  -m N      how many it has then (4)
  -r N      seed (0)
The work:
  -c N      nodes that a task visits before it divides what is left (1000)
  --help    this text
)";

struct Search {
    Tree tree;
    std::int32_t chunk = 1000;  // nodes
};

struct Totals {
    std::int64_t nodes = 0;
    std::int64_t leaves = 0;
    std::int32_t depth = 0;

    void add(const Totals& other) {
        nodes += other.nodes;
        leaves += other.leaves;
        depth = std::max(depth, other.depth);
    }
};

// Takes the next node from the stack and puts its children there.
void visit_next(const Tree& tree, std::vector<Node>& stack, Totals& totals) {
    const Node node = stack.back();
    stack.pop_back();
    const std::int32_t children = count_children(tree, node);
    for (std::int32_t i = 0; i < children; ++i) stack.push_back(child_of(node, i));
    totals.add({1, children == 0 ? 1 : 0, node.depth});
}

// Visits the nodes on the stack and all below them: a chunk of them here, depth first, and what is then left as two
// tasks, which divide further in the same way.
Totals explore(const Search& search, std::vector<Node> stack) {
    Totals totals;
    while (stack.size() == 1 || (!stack.empty() && totals.nodes < search.chunk)) visit_next(search.tree, stack, totals);
    if (stack.empty()) return totals;
    const auto middle = stack.begin() + static_cast<std::ptrdiff_t>(stack.size() / 2);
    auto upper = scoop::submit<explore>(search, std::vector(stack.begin(), middle));
    auto lower = scoop::submit<explore>(search, std::vector(middle, stack.end()));
    stack = {};  // it would stay in memory as long as this task waits
    totals.add(lower.get());
    totals.add(upper.get());
    return totals;
}

// False if the command line is not understood.
bool parse(int argc, char** argv, Search& search) {
    Tree& tree = search.tree;
    for (int option; (option = ::getopt(argc, argv, "t:a:b:d:f:q:m:r:c:")) != -1;) {
        switch (option) {
            case 't': tree.kind = static_cast<Kind>(std::atoi(::optarg)); break;
            case 'a': tree.shape = static_cast<Shape>(std::atoi(::optarg)); break;
            case 'b': tree.root_branching = std::atof(::optarg); break;
            case 'd': tree.depth_max = std::atoi(::optarg); break;
            case 'f': tree.geometric_part = std::atof(::optarg); break;
            case 'q': tree.parent_probability = std::atof(::optarg); break;
            case 'm': tree.children = std::atoi(::optarg); break;
            case 'r': tree.seed = std::atoi(::optarg); break;
            case 'c': search.chunk = std::max(1, std::atoi(::optarg)); break;
            default: return false;
        }
    }
    return ::optind == argc && tree.kind >= Kind::binomial && tree.kind <= Kind::balanced &&
           tree.shape >= Shape::linear && tree.shape <= Shape::fixed;
}

Tree t1() {
    Tree tree;
    tree.shape = Shape::fixed;
    tree.depth_max = 10;
    tree.seed = 19;
    return tree;
}

int program(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "--help") {
        std::cout << usage;
        return 0;
    }
    Search search;
    if (argc == 1) search.tree = t1();
    if (!parse(argc, argv, search)) {
        std::cerr << usage;
        return 2;
    }
    const auto start = std::chrono::steady_clock::now();
    const Totals totals = scoop::submit<explore>(search, std::vector{root_of(search.tree)}).get();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    std::cout << totals.nodes << " nodes, depth " << totals.depth << ", " << totals.leaves << " leaves\n"
              << elapsed.count() << " s, " << static_cast<double>(totals.nodes) / elapsed.count() / 1e6
              << " million nodes a second\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) { return scoop::run(argc, argv, program); }
