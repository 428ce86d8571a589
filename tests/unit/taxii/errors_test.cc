// Holds common/taxii/ERRORS.md to the code: every error code with its status is in the table, and back (taxii 138).
#include "common/taxii/errors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

namespace noroshi::taxii {
namespace {

std::filesystem::path SourceDir() {
  const char* source = std::getenv("NOROSHI_SOURCE_DIR");
  return source == nullptr ? "" : source;
}

std::string ReadText(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(ErrorCodes, InCodeAndTableAreTheSame) {
  std::map<std::string, int> in_code, in_table;
  for (const ErrorKind& kind : AllErrorKinds()) in_code[std::string(kind.name)] = kind.status;
  const std::string page = ReadText(SourceDir() / "common/taxii/ERRORS.md");
  const std::regex row(R"(\n\| `([a-z0-9_]+)` \| (\d{3}) \| [^|]+ \| [^|]+ \|)");
  for (auto at = std::sregex_iterator(page.begin(), page.end(), row); at != std::sregex_iterator(); ++at) in_table[(*at)[1]] = std::stoi((*at)[2]);
  EXPECT_EQ(in_code, in_table);
  EXPECT_GE(in_code.size(), 20u);
}

TEST(ErrorCodes, AreAllAnsweredSomewhere) {
  std::set<std::string> named;
  const std::regex use(R"(\bk[A-Z][A-Za-z]+\b)");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(SourceDir() / "common/taxii")) {
    if (entry.path().extension() != ".cc") continue;
    std::string text = ReadText(entry.path());
    if (entry.path().filename() == "errors.cc") text.resize(text.find("AllErrorKinds()"));  // what the HTTP server answers; not the table
    for (auto at = std::sregex_iterator(text.begin(), text.end(), use); at != std::sregex_iterator(); ++at) named.insert(at->str());
  }
  for (const ErrorKind& kind : AllErrorKinds()) {
    std::string constant = "k";
    bool upper = true;
    for (const char c : kind.name) {
      if (c != '_') constant += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = c == '_';
    }
    EXPECT_TRUE(named.contains(constant)) << constant << " is answered nowhere";
  }
}

TEST(ErrorCodes, StandInTheOrderOfTheEnum) {
  for (const ErrorKind& kind : AllErrorKinds()) EXPECT_EQ(&KindOf(kind.code), &kind) << kind.name;
}

TEST(ErrorBodies, AreTaxiiErrorResources) {
  for (const ErrorKind& kind : AllErrorKinds()) {
    const auto body = nlohmann::json::parse(ErrorBody(kind.code, "why"));
    EXPECT_EQ(body["title"], std::string(kind.title));
    EXPECT_EQ(body["http_status"], std::to_string(kind.status)) << "a string";
    EXPECT_EQ(body["error_code"], std::string(kind.name));
    EXPECT_EQ(body["description"], "why");
  }
  EXPECT_FALSE(nlohmann::json::parse(ErrorBody(ErrorCode::kNotFound)).contains("description"));
}

TEST(ErrorBodies, OfTheHttpServerNameTheStatusThatIsSent) {
  for (const int status : {400, 404, 413, 414, 417, 421, 429, 431, 500, 503, 505}) {
    const auto body = nlohmann::json::parse(HttpErrorBody(status));
    EXPECT_EQ(body["http_status"], std::to_string(status));
    const std::string code = body["error_code"];
    const auto& kinds = AllErrorKinds();
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const ErrorKind& kind) { return kind.name == code; });
    ASSERT_NE(found, kinds.end()) << code;
    EXPECT_EQ(found->status, status) << code;
  }
  EXPECT_EQ(nlohmann::json::parse(HttpErrorBody(404)), nlohmann::json::parse(ErrorBody(ErrorCode::kNotFound)))
      << "a path that is not canonical is answered like one that leads nowhere";
}

}  // namespace
}  // namespace noroshi::taxii
