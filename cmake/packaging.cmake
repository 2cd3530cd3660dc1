# What `cmake --install` puts where, so that find_package(scoria), pkg-config and add_subdirectory all give scoria::scoria.
include(CMakePackageConfigHelpers)

install(TARGETS scoria EXPORT scoria-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE
        DESTINATION ${CMAKE_INSTALL_LIBDIR} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY include/scoria DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT scoria-targets NAMESPACE scoria:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/scoria)
configure_package_config_file(cmake/scoria-config.cmake.in ${PROJECT_BINARY_DIR}/scoria-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/scoria)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/scoria-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/scoria-config.cmake ${PROJECT_BINARY_DIR}/scoria-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/scoria)
file(RELATIVE_PATH SCORIA_PREFIX_FROM_PC /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/scoria.pc.in ${PROJECT_BINARY_DIR}/scoria.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/scoria.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
