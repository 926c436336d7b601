// expect in a note: bit-field, anonymous union: write serialize
#include <scoop/scoop.hpp>
struct Flags {
    unsigned kind : 3;
    unsigned level : 29;
#ifdef RIGHT
    template <class Archive>
    void save(Archive& archive) const {
        archive(static_cast<unsigned>(kind), static_cast<unsigned>(level));
    }
    template <class Archive>
    void load(Archive& archive) {
        unsigned new_kind = 0;
        unsigned new_level = 0;
        archive(new_kind, new_level);
        kind = new_kind & 7U;
        level = new_level & 0x1fffffffU;
    }
#endif
};
unsigned kind_of(Flags flags) { return flags.kind; }
int main() { return static_cast<int>(scoop::submit<kind_of>(Flags{1, 2}).get()); }
