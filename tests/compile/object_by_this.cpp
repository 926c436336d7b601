// expect: the object of a member function: *this
struct Model {
    int size = 3;
    int at(int n) const { return n * size; }
    int later() const {
#ifdef RIGHT
        return scoop::submit<&Model::at>(*this, 1).get();
#else
        return scoop::submit<&Model::at>(this, 1).get();
#endif
    }
};

int program() { return Model{}.later(); }
