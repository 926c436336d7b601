// Functions of another file that are called as some in function_identity_test.cpp are.
#pragma once

#include <string>

namespace other_file {

std::string name_of_its_hidden();
std::string name_of_its_closure();

}  // namespace other_file
