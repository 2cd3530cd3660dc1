# The kernel's side of GPUs that Debian's mesa-drm-shim does not pretend. Linux' headers of GPU drivers come with
# linux-libc-dev (Debian 13) or libdrm-dev (Debian 12, where they know neither xe nor all of nouveau).
find_path(FAKE_GPU_HEADERS i915_drm.h PATHS /usr/include/drm /usr/include/libdrm)
if(FAKE_GPU_HEADERS)
  add_library(fake_gpu MODULE ${CMAKE_CURRENT_LIST_DIR}/files.c ${CMAKE_CURRENT_LIST_DIR}/ioctls.c
                              ${CMAKE_CURRENT_LIST_DIR}/intel_chips.c ${CMAKE_CURRENT_LIST_DIR}/i915.c)
  target_include_directories(fake_gpu SYSTEM PRIVATE ${FAKE_GPU_HEADERS})
  target_compile_options(fake_gpu PRIVATE -Wall -Wextra $<$<BOOL:${SCORIA_WARNINGS_AS_ERRORS}>:-Werror>)
  # It defines what fortified headers would define.
  target_compile_options(fake_gpu PRIVATE -U_FORTIFY_SOURCE)
  target_link_libraries(fake_gpu PRIVATE ${CMAKE_DL_LIBS})
  set_target_properties(fake_gpu PROPERTIES C_STANDARD 11 C_EXTENSIONS ON)
  if(EXISTS ${FAKE_GPU_HEADERS}/xe_drm.h)
    target_sources(fake_gpu PRIVATE ${CMAKE_CURRENT_LIST_DIR}/xe.c ${CMAKE_CURRENT_LIST_DIR}/nouveau.c)
    target_compile_definitions(fake_gpu PRIVATE FAKE_GPU_NEW_HEADERS)
  endif()
endif()
