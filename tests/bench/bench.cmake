# bench_text is built with the tests and run by hand: nothing here is timed by ctest.
if(SCORIA_BUILD_SAMPLES)
  find_package(CLI11 REQUIRED)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/text/*.cpp)
  add_executable(bench_text ${sources})
  target_include_directories(bench_text PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_options(bench_text PRIVATE ${SCORIA_WARNINGS})
  target_link_libraries(bench_text PRIVATE scoria::scoria CLI11::CLI11 fmt::fmt nlohmann_json::nlohmann_json
                                           Threads::Threads)
endif()
