# What every target of the project is compiled with: the language, the warnings and the sanitizers.
find_program(SCOOP_CCACHE ccache)
if(SCOOP_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SCOOP_CCACHE})
endif()

add_library(scoop_settings INTERFACE)
target_compile_features(scoop_settings INTERFACE cxx_std_20)
target_compile_options(scoop_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wnon-virtual-dtor -Wold-style-cast -Wcast-align -Woverloaded-virtual -Wconversion
  -Wno-sign-conversion -Wimplicit-fallthrough
  # In files compiled as one, names of each are seen by the others.
  $<$<NOT:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wshadow>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 warns of overlapping copies inside std::string's own operator+ (GCC bug 105329).
  target_compile_options(scoop_settings INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND SCOOP_SANITIZE)
  # What the sanitizers insert makes g++ take the empty alternatives of a std::variant for uninitialized values.
  target_compile_options(scoop_settings INTERFACE -Wno-maybe-uninitialized)
endif()
if(SCOOP_WARNINGS_AS_ERRORS)
  target_compile_options(scoop_settings INTERFACE -Werror)
endif()
if(SCOOP_SANITIZE)
  # The whole build must agree: fibers tell the sanitizers of every switch, so a mixed program reports nonsense.
  add_compile_options(-fsanitize=${SCOOP_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SCOOP_SANITIZE})
endif()
set(CMAKE_CXX_EXTENSIONS OFF)

# Compiles the files of a target as one, since most of the time goes into the headers they share. For builds from nothing,
# which take a third of the time then; ccache knows better what to do with the next one. What one file includes or names
# is seen by the next, so that a build without it has to be made too.
function(scoop_unite target)
  if(SCOOP_UNITE)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
    # To g++ these files are headers then, which should not use what is private.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
