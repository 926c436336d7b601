// expect in a note: bit-field, anonymous union: write serialize
#include <scoop/scoop.hpp>
struct Word {
    union {
        int number;
        float real;
    };
    int kind;
#ifdef RIGHT
    template <class Archive>
    void serialize(Archive& archive) {
        archive(number, kind);
    }
#endif
};
int kind_of(Word word) { return word.kind; }
int main() { return scoop::submit<kind_of>(Word{{1}, 2}).get(); }
