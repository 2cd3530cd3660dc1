# Libraries that Debian packages but that ship no CMake config there.

# scoria_import(target header library): an imported target for a plain library.
function(scoria_import target header library)
  find_path(${target}_INCLUDE ${header} REQUIRED)
  find_library(${target}_LIBRARY ${library} REQUIRED)
  add_library(scoria_${target} INTERFACE)
  target_include_directories(scoria_${target} SYSTEM INTERFACE ${${target}_INCLUDE})
  target_link_libraries(scoria_${target} INTERFACE ${${target}_LIBRARY})
endfunction()

scoria_import(utf8proc utf8proc.h utf8proc)
scoria_import(xxhash xxhash.h xxhash)
scoria_import(zstd zstd.h zstd)

# Attention as images: without libpng `inspect --format png` says that it is missing.
find_package(PNG QUIET)
if(PNG_FOUND)
  set(SCORIA_PNG_FLAGS "-lpng -lz")
endif()

# Only headers of Vulkan and volk: the loader is opened at run time.
find_path(VOLK_INCLUDE volk.h REQUIRED)
find_path(VULKAN_INCLUDE vulkan/vulkan.h REQUIRED)

# Plain files, not targets: an installed static library must not name targets that only this build knows.
set(SCORIA_PRIVATE_LIBRARIES fmt::fmt ${utf8proc_LIBRARY} ${xxhash_LIBRARY} ${zstd_LIBRARY} ${PNG_LIBRARIES} OpenMP::OpenMP_CXX Threads::Threads
                             ${CMAKE_DL_LIBS})
