#include "base/table_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

#include <filesystem>
#include <fstream>

namespace linli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::vector<std::string>> kRows{{"编码", "名称", "别名"},
                                                  {"510107001", "浆洗街街道", "浆洗街、\"老街\""},
                                                  {"007", "=1+1", "-5"},
                                                  {"", "@boss", "a\nb"}};

std::vector<std::vector<std::string>> cells(const Table& table) {
  std::vector<std::vector<std::string>> out;
  for (const auto& row : table.rows) out.push_back(row.cells);
  return out;
}

// An archive with these parts, as some program might have written it.
std::string zipped(const std::vector<std::pair<std::string, std::string>>& parts) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("linli-test-" + std::to_string(::getpid()) + ".zip")).string();
  zip_t* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  for (const auto& [name, text] : parts)
    zip_file_add(zip, name.c_str(), zip_source_buffer(zip, text.data(), text.size(), 0), ZIP_FL_OVERWRITE);
  zip_close(zip);
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  std::filesystem::remove(path);
  return bytes;
}

std::string workbook(const std::string& sheet, const std::string& shared = {}) {
  std::vector<std::pair<std::string, std::string>> parts{
      {"xl/workbook.xml",
       R"(<workbook xmlns:r="x"><sheets><sheet name="甲" r:id="rId2"/><sheet r:id="rId1"/></sheets></workbook>)"},
      {"xl/_rels/workbook.xml.rels",
       R"(<Relationships><Relationship Id="rId1" Target="worksheets/other.xml"/><Relationship Id="rId2" Target="worksheets/sheet1.xml"/></Relationships>)"},
      {"xl/worksheets/sheet1.xml", sheet}};
  if (!shared.empty()) parts.emplace_back("xl/sharedStrings.xml", shared);
  return zipped(parts);
}

TEST(TableFile, WhatIsWrittenIsReadAgain) {
  for (const TableForm form : {TableForm::csv, TableForm::xlsx}) {
    const std::string bytes = write_table(kRows, form).value();
    EXPECT_EQ(cells(read_table(bytes).value()), kRows) << static_cast<int>(form);
  }
}

TEST(TableFile, CsvCellsAreNoFormulas) {
  const std::string csv = write_table(kRows, TableForm::csv).value();
  EXPECT_THAT(csv, HasSubstr("\"'=1+1\""));
  EXPECT_THAT(csv, HasSubstr("\"'@boss\""));
  EXPECT_THAT(csv, HasSubstr("\"'-5\""));
}

TEST(TableFile, ReadsWhatOfficesSend) {
  // GB18030 without a mark: 编码,名称
  const Table table = read_table("\xB1\xE0\xC2\xEB,\xC3\xFB\xB3\xC6\r\n\r\n ,\r\n1 ,\xBC\xD7\n").value();
  EXPECT_EQ(cells(table), (std::vector<std::vector<std::string>>{{"编码", "名称"}, {"1", "甲"}}));
  EXPECT_EQ(table.rows[1].line, 4);
}

TEST(TableFile, ReadsXlsxOfOtherPrograms) {
  const std::string sheet =
      R"(<x:worksheet xmlns:x="m"><x:sheetData><x:row r="1"><x:c r="A1" t="s"><x:v>1</x:v></x:c><x:c r="C1" t="inlineStr"><x:is><x:t>丙</x:t></x:is></x:c></x:row>)"
      R"(<x:row r="5"><x:c r="B5"><x:v>42</x:v></x:c><x:c r="C5" t="s"><x:v>99</x:v></x:c></x:row><x:row/></x:sheetData></x:worksheet>)";
  const std::string shared =
      R"(<sst><si><t>零</t></si><si><r><t>甲</t></r><r><t>乙</t></r><rPh><t>jia</t></rPh></si></sst>)";
  const Table table = read_table(workbook(sheet, shared)).value();
  EXPECT_EQ(cells(table), (std::vector<std::vector<std::string>>{{"甲乙", "", "丙"}, {"", "42", ""}}));
  EXPECT_EQ(table.rows[1].line, 5);
}

TEST(TableFile, RefusesWhatIsNoTable) {
  for (const std::string& bytes :
       {std::string("a\0b", 3), std::string("PK\x03\x04garbage"), zipped({{"a.txt", "hello"}}),
        workbook("<worksheet><row>"), workbook("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        std::string("\xff\xff\xff,1\n")})
    EXPECT_FALSE(read_table(bytes)) << bytes.substr(0, 20);
  const auto open_quote = read_table("编码\n\"never closed");
  ASSERT_FALSE(open_quote);
  EXPECT_EQ(open_quote.error().where.line, 2);
}

TEST(TableFile, ASmallFileDoesNotUnfoldIntoABigOne) {
  TableLimits limits;
  limits.unpacked = 1u << 20;
  const std::string bomb = workbook("<worksheet>" + std::string(8u << 20, ' ') + "</worksheet>");
  EXPECT_LT(bomb.size(), 100'000u);
  EXPECT_EQ(read_table(bomb, limits).error().code, Errc::too_long);

  limits = {};
  limits.rows = 3;
  EXPECT_EQ(read_table("a\nb\nc\nd\n", limits).error().code, Errc::too_long);
  limits.columns = 2;
  EXPECT_EQ(read_table("a,b,c\n", limits).error().code, Errc::too_long);
  EXPECT_EQ(read_table(workbook(R"(<a><row><c r="XFD1"><v>1</v></c></row></a>)"), limits).error().code, Errc::too_long);
  limits.cell = 4;
  EXPECT_EQ(read_table(workbook(R"(<a><row><c><v>12345</v></c></row></a>)"), limits).error().code, Errc::too_long);
}

TEST(TableFile, AnEmptyFileIsAnEmptyTable) { EXPECT_THAT(read_table("")->rows, IsEmpty()); }

}  // namespace
}  // namespace linli
