#include "io/known_formats.h"

#include <algorithm>

namespace scoria {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view start, what;
  std::size_t at = 0;
};

// Longer ones before those that they start with. Sources: the formats' own specifications, and file(1)'s tables.
constexpr Signature kFormats[] = {
    {"\xFD"
     "7zXZ\0"sv,
     "it is compressed with xz; unpack it first (xz -dk FILE), zstd is read as it is"},
    {"\x1F\x8B"sv, "it is compressed with gzip; unpack it first (gzip -dk FILE), zstd is read as it is"},
    {"\x28\xB5\x2F\xFD"sv, "it is compressed with zstd twice; unpack it first (zstd -d FILE)"},
    {"BZh"sv, "it is compressed with bzip2; unpack it first (bzip2 -dk FILE), zstd is read as it is"},
    {"\x04\x22\x4D\x18"sv, "it is compressed with lz4; unpack it first (lz4 -dk FILE), zstd is read as it is"},
    {"LZIP\x01"sv, "it is compressed with lzip; unpack it first (lzip -dk FILE), zstd is read as it is"},
    {"\x1F\x9D"sv, "it is compressed with compress; unpack it first (gzip -dk FILE), zstd is read as it is"},
    {"\xFF\x06\0\0sNaPpY"sv, "it is compressed with Snappy; unpack it first, zstd is read as it is"},
    {"\x5D\0\0\x80\0"sv, "it is compressed with lzma; unpack it first (xz -dk FILE), zstd is read as it is"},
    {"PK\x03\x04"sv, "it is a zip archive (or a document that is one: .docx, .xlsx, .epub); unpack it first"},
    {"PK\x05\x06"sv, "it is a zip archive with nothing in it"},
    {"7z\xBC\xAF\x27\x1C"sv, "it is a 7-Zip archive; unpack it first"},
    {"Rar!\x1A\x07"sv, "it is a RAR archive; unpack it first"},
    {"ustar"sv, "it is a tar archive; unpack it first (tar -xf FILE)", 257},
    {"%PDF-"sv, "it is a PDF; extract the text first (pdftotext FILE)"},
    {"%!PS"sv, "it is PostScript; extract the text first (ps2txt FILE)"},
    {"{\\rtf"sv, "it is RTF; extract the text first"},
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "it is an old Office document; save it as text first"},
    {"AT&TFORM"sv, "it is DjVu; extract the text first (djvutxt FILE)"},
    {"PAR1"sv, "it is a Parquet file; write its rows as JSON lines first (datasets: to_json)"},
    {"ARROW1"sv, "it is an Arrow file; write its rows as JSON lines first (datasets: to_json)"},
    {"FEA1"sv, "it is a Feather file; write its rows as JSON lines first (pandas: to_json(lines=True))"},
    {"\xFF\xFF\xFF\xFF"sv, "it is an Arrow stream; write its rows as JSON lines first (datasets: to_json)"},
    {"Obj\x01"sv, "it is an Avro file; write its rows as JSON lines first"},
    {"SQLite format 3\0"sv, "it is an SQLite database; write its rows as JSON lines first"},
    {"\x89HDF\r\n\x1A\n"sv, "it is an HDF5 file; write its text as JSON lines first"},
    {"\x93NUMPY"sv, "it is a NumPy array; write its text as JSON lines first"},
    {"WARC/1."sv, "it is a WARC archive of the web; extract its texts first"},
    {"\x80\x02"sv, "it is a Python pickle; write its text as JSON lines first"},
    {"\x80\x03"sv, "it is a Python pickle; write its text as JSON lines first"},
    {"\x80\x04"sv, "it is a Python pickle; write its text as JSON lines first"},
    {"\x80\x05"sv, "it is a Python pickle; write its text as JSON lines first"},
    {"\x7F"
     "ELF"sv,
     "it is a program"},
    {"\x89PNG"sv, "it is a picture"},
    {"\xFF\xD8\xFF"sv, "it is a picture"},
    {"GIF87a"sv, "it is a picture"},
    {"GIF89a"sv, "it is a picture"},
    {"\xFF\xFE\0\0"sv, "it is UTF-32; convert it first (iconv -f UTF-32 -t UTF-8)"},
    {"\0\0\xFE\xFF"sv, "it is UTF-32; convert it first (iconv -f UTF-32 -t UTF-8)"},
    {"\xFF\xFE"sv, "it is UTF-16; convert it first (iconv -f UTF-16 -t UTF-8)"},
    {"\xFE\xFF"sv, "it is UTF-16; convert it first (iconv -f UTF-16 -t UTF-8)"},
    {"version https://git-lfs.github.com/spec/"sv,
     "it is a Git LFS pointer, not the file it stands for; get that (git lfs pull)"},
};

constexpr Signature kMarkup[] = {
    {"<!doctype html", "it is an HTML page; extract its text first"},
    {"<html", "it is an HTML page; extract its text first"},
    {"<mediawiki", "it is a MediaWiki dump; extract its text first (WikiExtractor)"},
    {"<?xml", "it is XML; extract its text first"},
    {"<", "it starts with '<', as HTML and XML do"},
    {"[", "it starts with '[', as a JSON array does"},
    {"{", "it starts with '{', as JSON does"},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_as(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(), [](char a, char b) { return a == lower(b); });
}

}  // namespace

std::string_view known_format(std::string_view start) {
  for (const Signature& format : kFormats)
    if (start.substr(std::min(format.at, start.size())).starts_with(format.start)) return format.what;
  return {};
}

std::string_view known_markup(std::string_view start) {
  start.remove_prefix(std::min(start.find_first_not_of(" \t\r\n\v\f"), start.size()));
  for (const Signature& markup : kMarkup)
    if (starts_as(start, markup.start)) return markup.what;
  return {};
}

}  // namespace scoria
