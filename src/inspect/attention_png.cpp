#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "io/atomic_write.h"
#include "scoria/error.h"
#include "scoria/inspect/inspection_files.h"

#ifdef SCORIA_HAS_PNG
#include <png.h>
#endif

namespace scoria {
namespace {

struct Picture {
  std::int64_t width = 0, height = 0;
  std::vector<std::uint8_t> rgb;

  Picture(std::int64_t w, std::int64_t h, std::uint8_t fill)
      : width(w), height(h), rgb(static_cast<std::size_t>(w * h * 3), fill) {}
};

/// Black, violet, red, yellow: lightness rises evenly.
std::array<std::uint8_t, 3> color_of(float p) {
  constexpr std::array<std::array<float, 3>, 5> kRamp{
      {{0, 0, 4}, {87, 16, 110}, {188, 55, 84}, {249, 142, 9}, {252, 255, 164}}};
  const float at = std::sqrt(std::clamp(p, 0.0f, 1.0f)) * (kRamp.size() - 1);
  const std::size_t low = std::min<std::size_t>(static_cast<std::size_t>(at), kRamp.size() - 2);
  const float part = at - static_cast<float>(low);
  std::array<std::uint8_t, 3> color{};
  for (std::size_t i = 0; i < 3; ++i)
    color[i] = static_cast<std::uint8_t>(std::lround((1 - part) * kRamp[low][i] + part * kRamp[low + 1][i]));
  return color;
}

void draw_map(std::span<const float> map, std::int64_t S, std::int64_t cell, std::int64_t left, std::int64_t top,
              Picture& picture) {
  for (std::int64_t y = 0; y < S * cell; ++y) {
    for (std::int64_t x = 0; x < S * cell; ++x) {
      const auto color = color_of(map[static_cast<std::size_t>(y / cell * S + x / cell)]);
      std::copy(color.begin(), color.end(),
                &picture.rgb[static_cast<std::size_t>(((top + y) * picture.width + left + x) * 3)]);
    }
  }
}

void check_choice(const char* what, const std::optional<std::int64_t>& number, std::int64_t count) {
  if (number && (*number < 1 || *number > count))
    throw Error(ErrorKind::Usage, fmt::format("{} {} of a model that has {}; they count from 1", what, *number, count));
}

Picture draw(const Inspection& seen, const AttentionChoice& choice) {
  const std::int64_t L = seen.layers(), A = seen.heads(), S = seen.tokens.size();
  const auto size = static_cast<std::size_t>(S * S);
  const Tensor maps = attention_with_means(seen);
  const auto map = [&](std::int64_t layer, std::int64_t head) {
    return maps.values<float>().subspan(static_cast<std::size_t>(layer * (A + 1) + head) * size, size);
  };
  if (choice.layer || choice.head) {
    const std::int64_t cell = std::max<std::int64_t>(1, 512 / S);
    Picture picture(S * cell, S * cell, 0);
    draw_map(map(choice.layer.value_or(L + 1) - 1, choice.head.value_or(A + 1) - 1), S, cell, 0, 0, picture);
    return picture;
  }
  constexpr std::int64_t kGap = 4;
  const std::int64_t cell = std::max<std::int64_t>(1, 96 / S), pitch = S * cell + kGap;
  Picture picture(A * pitch + kGap, L * pitch + kGap, 255);
  for (std::int64_t layer = 0; layer < L; ++layer)
    for (std::int64_t head = 0; head < A; ++head)
      draw_map(map(layer, head), S, cell, kGap + head * pitch, kGap + layer * pitch, picture);
  return picture;
}

#ifdef SCORIA_HAS_PNG
std::string encoded(const Picture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  std::string bytes(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
  png_alloc_size_t size = bytes.size();
  if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, picture.rgb.data(), 0, nullptr))
    throw Error(ErrorKind::Memory, fmt::format("libpng: {}; choose one head", image.message));
  bytes.resize(size);
  return bytes;
}
#else
std::string encoded(const Picture&) {
  throw Error(ErrorKind::Usage, "this build writes no PNG; install libpng-dev and build again, or take another format");
}
#endif

}  // namespace

void write_attention_png(const std::filesystem::path& path, const Inspection& inspection,
                         const AttentionChoice& choice) {
  check_choice("layer", choice.layer, inspection.layers());
  check_choice("head", choice.head, inspection.heads());
  write_atomically(path, encoded(draw(inspection, choice)));
}

}  // namespace scoria
