// expect: scoop: an argument of this task cannot be serialized
#include <scoop/scoop.hpp>
#include <vector>
struct Node {
    int cents;
#ifndef RIGHT
    Node* next;
#endif
};
int cents(const Node& node) { return node.cents; }
int main() {
    std::vector<Node> nodes(3);
    return scoop::map<cents>(nodes).collect().front();
}
