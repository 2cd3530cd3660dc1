# src/inspect/page/* -> one generated source of the library.

file(GLOB SCORIA_PAGE_FILES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/inspect/page/*)
set(SCORIA_PAGE_SOURCE ${PROJECT_BINARY_DIR}/page/page_sources.cpp)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/page)
add_custom_command(
  OUTPUT ${SCORIA_PAGE_SOURCE}
  COMMAND ${CMAKE_COMMAND} -DPAGE=${PROJECT_SOURCE_DIR}/src/inspect/page -DOUT=${SCORIA_PAGE_SOURCE} -P
          ${PROJECT_SOURCE_DIR}/cmake/embed_page.cmake
  DEPENDS ${SCORIA_PAGE_FILES} ${PROJECT_SOURCE_DIR}/cmake/embed_page.cmake
  COMMENT "Embedding the page of inspect"
  VERBATIM)
