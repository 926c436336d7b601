// Asks cereal whether a type has serialization functions from elsewhere: its author's, or cereal's for std types.
//
// The question is put with a stand-in archive in a namespace of its own, so that scoop's functions for plain structs,
// which need the answer, are not among the candidates.
#pragma once

#include <cereal/cereal.hpp>
#include <type_traits>

namespace scoop::detail::archive_probe {

/// Has the face of an archive, for signatures; a function with a deduced return type is instantiated with it, too.
template <bool IsLoading>
struct Archive {
    using is_loading = std::bool_constant<IsLoading>;
    using is_saving = std::bool_constant<!IsLoading>;
    template <class... Types>
    Archive& operator()(Types&&...) {
        return *this;
    }
    template <class T>
    Archive& operator&(T&&) {
        return *this;
    }
};
using Output = Archive<false>;
using Input = Archive<true>;

}  // namespace scoop::detail::archive_probe

CEREAL_SETUP_ARCHIVE_TRAITS(scoop::detail::archive_probe::Input, scoop::detail::archive_probe::Output)

namespace scoop::detail::archive_probe {

/// Two functions are as good as one here: cereal then says what is ambiguous, which is better than ignoring both.
template <class T>
inline constexpr bool has_own_functions = cereal::traits::detail::count_output_serializers<T, Output>::value != 0;

}  // namespace scoop::detail::archive_probe
