#include "unit/api/function_identity_other_file.hpp"

#include "scoop/detail/function_identity.hpp"

static int identity_hidden(int x) { return x; }

namespace other_file {

std::string name_of_its_hidden() { return scoop::detail::function_name<identity_hidden>().name; }
std::string name_of_its_closure() {
    return scoop::detail::function_name<[](int x) { return x; }>().name;
}

}  // namespace other_file
