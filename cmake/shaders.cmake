# shaders/*.comp -> SPIR-V -> one generated table in the library.
#
# A shader's last head line "// variants: input = plain dropout" makes one module a word, "layer_norm.dropout", compiled
# with -DVARIANT_DROPOUT; a shader without it makes one module, "canary".

find_program(GLSLANG glslangValidator REQUIRED)
find_program(SPIRV_VAL spirv-val)

set(SCORIA_SHADER_DIR ${PROJECT_BINARY_DIR}/shaders)
file(MAKE_DIRECTORY ${SCORIA_SHADER_DIR})
file(GLOB SCORIA_SHADERS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/shaders/*.comp)
file(GLOB SCORIA_SHADER_INCLUDES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/shaders/common/*.glsl)

set(SCORIA_MODULES)
# scoria_compile(file module defines...)
function(scoria_compile file module)
  set(out ${SCORIA_SHADER_DIR}/${module}.spv)
  set(validate)
  if(SPIRV_VAL)
    set(validate COMMAND ${SPIRV_VAL} --target-env vulkan1.2 ${out})
  endif()
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${GLSLANG} --quiet --target-env vulkan1.2 -V ${ARGN} -I${PROJECT_SOURCE_DIR}/shaders ${file} -o ${out}
    ${validate}
    DEPENDS ${file} ${SCORIA_SHADER_INCLUDES}
    COMMENT "Shader ${module}"
    VERBATIM)
  set(SCORIA_MODULES ${SCORIA_MODULES} ${out} PARENT_SCOPE)
endfunction()

foreach(file ${SCORIA_SHADERS})
  get_filename_component(stem ${file} NAME_WE)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} variants REGEX "^// variants: ")
  if(variants)
    string(REGEX REPLACE "^// variants: *[a-z0-9_]+ *= *" "" variants "${variants}")
    separate_arguments(variants)
    foreach(variant ${variants})
      string(TOUPPER ${variant} upper)
      scoria_compile(${file} ${stem}.${variant} -DVARIANT_${upper})
    endforeach()
  else()
    scoria_compile(${file} ${stem})
  endif()
endforeach()

set(SCORIA_SHADER_TABLE ${SCORIA_SHADER_DIR}/shader_table.cpp)
string(REPLACE ";" "\n" module_list "${SCORIA_MODULES}")
file(GENERATE OUTPUT ${SCORIA_SHADER_DIR}/modules.txt CONTENT "${module_list}\n")
add_custom_command(
  OUTPUT ${SCORIA_SHADER_TABLE}
  COMMAND ${CMAKE_COMMAND} -DMODULES=${SCORIA_SHADER_DIR}/modules.txt -DOUT=${SCORIA_SHADER_TABLE} -P
          ${PROJECT_SOURCE_DIR}/cmake/embed_shaders.cmake
  DEPENDS ${SCORIA_MODULES} ${PROJECT_SOURCE_DIR}/cmake/embed_shaders.cmake ${SCORIA_SHADER_DIR}/modules.txt
  COMMENT "Embedding shaders"
  VERBATIM)
add_custom_target(scoria_shaders DEPENDS ${SCORIA_SHADER_TABLE})
