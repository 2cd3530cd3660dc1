# Each public header alone in a translation unit, twice, with nothing but include/ in sight: it names all it needs, and
# no third-party type. Built with the unit tests; a header that fails breaks the build with its name.

file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/*.h)
set(units)
foreach(header ${headers})
  string(REGEX REPLACE "[/.]" "_" unit ${header})
  set(unit ${CMAKE_CURRENT_BINARY_DIR}/public_headers/${unit}.cpp)
  file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${header}\"\n#include \"${header}\"  // and again\n")
  list(APPEND units ${unit})
endforeach()
add_library(public_headers OBJECT ${units})
target_include_directories(public_headers PRIVATE ${PROJECT_SOURCE_DIR}/include)
target_compile_options(public_headers PRIVATE ${SCORIA_WARNINGS})
if(TARGET test_unit)
  add_dependencies(test_unit public_headers)
endif()
