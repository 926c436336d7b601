// expect: scoop::set_const: the value cannot be serialized
#include <scoop/scoop.hpp>
class Account {
public:
    Account() = default;
    explicit Account(int cents) : cents_(cents) {}
#ifdef RIGHT
    template <class Archive>
    void serialize(Archive& archive) {
        archive(cents_);
    }
#endif

private:
    int cents_ = 0;
};
int main() { scoop::set_const("account", Account(3)); }
