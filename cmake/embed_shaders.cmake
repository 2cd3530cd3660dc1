# Writes OUT, a C++ table of the SPIR-V files that MODULES lists, one a line.

file(STRINGS ${MODULES} modules)
set(arrays "")
set(rows "")
set(index 0)
foreach(module ${modules})
  get_filename_component(file_name ${module} NAME)
  string(REGEX REPLACE "\\.spv$" "" name ${file_name})
  file(READ ${module} bytes HEX)
  # SPIR-V files are little-endian words.
  string(REGEX REPLACE "(..)(..)(..)(..)" "0x\\4\\3\\2\\1," words "${bytes}")
  string(APPEND arrays "const std::uint32_t module_${index}[] = {${words}};\n")
  string(APPEND rows "    {\"${name}\", module_${index}},\n")
  math(EXPR index "${index} + 1")
endforeach()

file(WRITE ${OUT}.new
"// Generated from shaders/*.comp by cmake/embed_shaders.cmake.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include \"backend/vulkan/shaders.h\"

namespace scoria {
namespace {

${arrays}
struct Module {
  std::string_view name;
  std::span<const std::uint32_t> words;
};

const Module modules[] = {
${rows}    {\"\", {}},
};

}  // namespace

std::span<const std::uint32_t> find_shader(std::string_view name) {
  for (const Module& module : modules) {
    if (module.name == name) return module.words;
  }
  return {};
}

std::vector<std::string_view> shader_names() {
  std::vector<std::string_view> names;
  for (const Module& module : modules) {
    if (!module.name.empty()) names.push_back(module.name);
  }
  return names;
}

}  // namespace scoria
")
file(RENAME ${OUT}.new ${OUT})
