# One object library a room (src/README.md says what each may know), all of them in one libscoria.

set(SCORIA_WARNINGS -Wall -Wextra -Wpedantic)
if(SCORIA_WARNINGS_AS_ERRORS)
  list(APPEND SCORIA_WARNINGS -Werror)
endif()

set(SCORIA_ROOM_OBJECTS)
set(SCORIA_ROOM_TARGETS)
# scoria_room(name folder libraries...): every .cpp of src/folder.
function(scoria_room name folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(scoria_${name} OBJECT ${sources})
  target_include_directories(scoria_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  # No errno and no traps from arithmetic: without this gcc does not vectorize the row operations. Contraction:
  # -std=c++20 turns it off in gcc, and the row operations would lose their multiply-adds.
  target_compile_options(scoria_${name} PRIVATE ${SCORIA_WARNINGS} -fno-math-errno -fno-trapping-math
                                                -ffp-contract=fast)
  target_link_libraries(scoria_${name} PRIVATE fmt::fmt Threads::Threads ${ARGN})
  set(SCORIA_ROOM_OBJECTS ${SCORIA_ROOM_OBJECTS} $<TARGET_OBJECTS:scoria_${name}> PARENT_SCOPE)
  set(SCORIA_ROOM_TARGETS ${SCORIA_ROOM_TARGETS} scoria_${name} PARENT_SCOPE)
endfunction()

scoria_room(base base OpenMP::OpenMP_CXX)
scoria_room(tensor tensor)
scoria_room(graph graph)
scoria_room(gemm gemm OpenMP::OpenMP_CXX)
scoria_room(ops ops OpenMP::OpenMP_CXX)
scoria_room(autodiff autodiff)
scoria_room(passes passes)
scoria_room(plan plan)
scoria_room(backend_cpu backend/cpu OpenMP::OpenMP_CXX)
scoria_room(backend_vulkan backend/vulkan scoria_xxhash)
scoria_room(runtime runtime OpenMP::OpenMP_CXX)
scoria_room(doctor doctor)
scoria_room(io io nlohmann_json::nlohmann_json scoria_xxhash)
scoria_room(text text nlohmann_json::nlohmann_json scoria_utf8proc)
scoria_room(data data nlohmann_json::nlohmann_json scoria_xxhash scoria_utf8proc scoria_zstd)
scoria_room(metrics metrics scoria_utf8proc)
scoria_room(model model nlohmann_json::nlohmann_json)
scoria_room(tasks tasks)
scoria_room(train train nlohmann_json::nlohmann_json)
scoria_room(inspect inspect nlohmann_json::nlohmann_json)

if(TARGET scoria_backend_vulkan)
  target_include_directories(scoria_backend_vulkan SYSTEM PRIVATE ${VOLK_INCLUDE} ${VULKAN_INCLUDE})
  target_sources(scoria_backend_vulkan PRIVATE ${SCORIA_SHADER_TABLE})
  add_dependencies(scoria_backend_vulkan scoria_shaders)
endif()

# The micro-kernels of products, a file for each instruction set that the program may find.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/gemm/tile_avx2.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/gemm/tile_avx512.cpp PROPERTIES COMPILE_OPTIONS "-mavx512f;-mfma")
endif()

target_sources(scoria_inspect PRIVATE ${SCORIA_PAGE_SOURCE})
if(PNG_FOUND)
  target_include_directories(scoria_inspect SYSTEM PRIVATE ${PNG_INCLUDE_DIRS})
  target_compile_definitions(scoria_inspect PRIVATE SCORIA_HAS_PNG)
endif()
