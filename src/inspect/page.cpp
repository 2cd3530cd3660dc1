#include "inspect/page.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <utility>

#include "inspect/json_text.h"
#include "inspect/packed_attention.h"
#include "inspect/page_sources.h"
#include "inspect/raw_slices.h"

namespace scoria {
namespace {

void append_model(const Inspection& seen, std::string& out) {
  const PackedAttention packed = pack_attention(seen);
  out += '{';
  append_members(seen, Digits::Few, out);
  out += ",\"slices\":" + raw_slices(seen.tokens);
  fmt::format_to(std::back_inserter(out), ",\"attention\":{{\"kept\":{},\"carried\":{:.4g},\"data\":\"{}\"}}}}",
                 packed.kept, packed.carried, base64(packed.bytes));
}

std::string page_data(std::span<const Inspection> inspections, const std::optional<InspectionComparison>& comparison) {
  std::string out = "{\"models\":[";
  for (const Inspection& seen : inspections) {
    if (&seen != inspections.data()) out += ',';
    append_model(seen, out);
  }
  out += "],\"comparison\":";
  if (comparison)
    append_comparison(*comparison, Digits::Few, out);
  else
    out += "null";
  return out + "}";
}

/// Text of an HTML element.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string inspection_page(std::span<const Inspection> inspections,
                            const std::optional<InspectionComparison>& comparison) {
  const std::pair<std::string_view, std::string> parts[] = {{"{{title}}", escaped(inspections[0].model_name)},
                                                            {"{{style}}", std::string(kPageStyle)},
                                                            {"{{data}}", page_data(inspections, comparison)},
                                                            {"{{script}}", std::string(kPageScript)}};
  // One pass over the template: what is put in is never searched again.
  std::string out;
  std::string_view rest = kPageHtml;
  for (const auto& [place, text] : parts) {
    const std::size_t at = rest.find(place);
    out.append(rest.substr(0, at)).append(text);
    rest.remove_prefix(at + place.size());
  }
  return out.append(rest);
}

}  // namespace scoria
