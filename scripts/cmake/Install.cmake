# cmake --install: headers, library, scoop-run, its completions, the manual pages, CMake package and pkg-config file.
include(CMakePackageConfigHelpers)
set(cmake_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/scoop)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

get_directory_property(scoop_libraries DIRECTORY ${PROJECT_SOURCE_DIR}/runtime DEFINITION scoop_libraries)
install(TARGETS ${scoop_libraries} EXPORT scoop-targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS scoop-run RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/runtime/include/scoop DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.hpp)
foreach(section 1 5)
  file(GLOB manual_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.${section})
  install(FILES ${manual_pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

# Where bash-completion, zsh and fish of Debian look for those of packages.
set(completion_dir ${PROJECT_BINARY_DIR}/launcher)
install(FILES ${completion_dir}/completion.bash RENAME scoop-run
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completion_dir}/completion.zsh RENAME _scoop-run
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${completion_dir}/completion.fish RENAME scoop-run.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# find_package(scoop) gives scoop::scoop and finds what a static library needs at the link.
install(EXPORT scoop-targets NAMESPACE scoop:: DESTINATION ${cmake_package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/scoop-config.cmake.in
  ${PROJECT_BINARY_DIR}/package/scoop-config.cmake INSTALL_DESTINATION ${cmake_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/scoop-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/scoop-config.cmake ${PROJECT_BINARY_DIR}/package/scoop-config-version.cmake
  DESTINATION ${cmake_package_dir})

# The prefix is found from the file's own place, so that `cmake --install --prefix` may choose another one.
file(RELATIVE_PATH prefix_from_pkgconfig_dir /${pkgconfig_dir} /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/scoop.pc.in ${PROJECT_BINARY_DIR}/package/scoop.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/package/scoop.pc DESTINATION ${pkgconfig_dir})
