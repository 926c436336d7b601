// expect: scoop::share: the value cannot be serialized
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
int main() { return scoop::share(Account(3)).valid() ? 0 : 1; }
