// expect: scoop: an argument of this task cannot be serialized
#include <scoop/scoop.hpp>
class Account {
public:
    Account() = default;
    explicit Account(int cents) : cents_(cents) {}
    int cents() const { return cents_; }
#ifdef RIGHT
    template <class Archive>
    void serialize(Archive& archive) {
        archive(cents_);
    }
#endif

private:
    int cents_ = 0;
};
int cents(const Account& account) { return account.cents(); }
int main() { return scoop::submit<cents>(Account(3)).get(); }
