#include "resolver/dns/name.h"

#include <clocale>
#include <string>
#include <vector>

#include "absl/hash/hash.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::resolver::dns {
namespace {

using ::testing::ElementsAre;

Name Parsed(absl::string_view text) {
  const absl::optional<Name> name = Name::Parse(text);
  EXPECT_TRUE(name.has_value()) << text;
  return name.value_or(Name());
}

// A name of exactly `bytes` on the wire, 4 to 255.
std::vector<std::string> LabelsOfWireBytes(size_t bytes) {
  std::vector<std::string> labels;
  size_t left = bytes - 1;
  while (left > 0) {
    size_t label = std::min(left - 1, kMaxLabelBytes);
    if (left - 1 - label == 1) --label;  // no room for a label of nothing
    labels.emplace_back(label, 'a');
    left -= label + 1;
  }
  return labels;
}

TEST(NameTest, IsTheRootByDefault) {
  EXPECT_TRUE(Name().is_root());
  EXPECT_EQ(Name().ToString(), ".");
  EXPECT_EQ(Parsed("."), Name());
  EXPECT_EQ(Name::FromLabels({}), Name());
}

TEST(NameTest, ParsesLabelsBetweenDots) {
  EXPECT_THAT(Parsed("ubuntu-4321-http-server.local").labels(),
              ElementsAre("ubuntu-4321-http-server", "local"));
  EXPECT_THAT(Parsed("a.b.c.").labels(), ElementsAre("a", "b", "c"));
}

TEST(NameTest, RefusesEmptyLabels) {
  for (const char* text :
       {"", "..", ".local", "a..local", "a.local..", "a.."}) {
    EXPECT_FALSE(Name::Parse(text).has_value()) << text;
  }
  EXPECT_FALSE(Name::FromLabels({"a", "", "local"}).has_value());
}

TEST(NameTest, ParsesEscapes) {
  EXPECT_THAT(Parsed("a\\.b.c\\\\d.\\000\\255x").labels(),
              ElementsAre("a.b", "c\\d", std::string("\0\xffx", 3)));
  EXPECT_THAT(Parsed("My\\032Store\\ [1]").labels(),
              ElementsAre("My Store [1]"));
  EXPECT_THAT(Parsed("a\\.").labels(), ElementsAre("a."));
}

TEST(NameTest, RefusesBrokenEscapes) {
  for (const char* text :
       {"a\\", "a\\1", "a\\12", "a\\256", "a\\1x2", "\\999"}) {
    EXPECT_FALSE(Name::Parse(text).has_value()) << text;
  }
}

TEST(NameTest, PrintsWhatParsesBackToTheSame) {
  const auto name =
      Name::FromLabels({"St\xc3\xbc"
                        "be [00:16:3e].x",
                        "\\", std::string("\0\n\x7f", 3), "a b"});
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->ToString(),
            "St\xc3\xbc"
            "be [00:16:3e]\\.x.\\\\.\\000\\010\\127.a b");
  EXPECT_EQ(Parsed(name->ToString()).labels(), name->labels());
}

TEST(NameTest, PrintsEveryByteReadably) {
  for (int byte = 0; byte < 256; ++byte) {
    const auto name =
        Name::FromLabels({std::string(1, static_cast<char>(byte))});
    ASSERT_TRUE(name.has_value());
    EXPECT_EQ(Parsed(name->ToString()).labels(), name->labels()) << byte;
  }
}

TEST(NameTest, TakesLabelsOf63BytesAtMost) {
  EXPECT_TRUE(Name::FromLabels({std::string(63, 'a')}).has_value());
  EXPECT_FALSE(Name::FromLabels({std::string(64, 'a')}).has_value());
  EXPECT_TRUE(Name::Parse(std::string(63, 'a') + ".local").has_value());
  EXPECT_FALSE(Name::Parse(std::string(64, 'a') + ".local").has_value());
}

TEST(NameTest, Takes255BytesOnTheWireAtMost) {
  EXPECT_TRUE(Name::FromLabels(LabelsOfWireBytes(255)).has_value());
  EXPECT_FALSE(Name::FromLabels(LabelsOfWireBytes(256)).has_value());
  EXPECT_TRUE(Name::FromLabels(std::vector<std::string>(127, "a")).has_value());
  EXPECT_FALSE(
      Name::FromLabels(std::vector<std::string>(128, "a")).has_value());
}

TEST(NameTest, ParsesAVeryLongTextWithoutAccepting) {
  EXPECT_FALSE(Name::Parse(std::string(1 << 20, 'a')).has_value());
  std::string dotted;
  for (int i = 0; i < 100000; ++i) dotted += "a.";
  EXPECT_FALSE(Name::Parse(dotted).has_value());
}

TEST(Rfc6762Section16, ComparesAsciiLettersWithoutRegardToCase) {
  EXPECT_EQ(Parsed("STORE.Local"), Parsed("store.lOCAL."));
  EXPECT_NE(Parsed("store.local"), Parsed("stores.local"));
  EXPECT_NE(Parsed("store.local"), Parsed("store.local.local"));
  EXPECT_NE(Parsed("a.b"), Parsed("a\\.b"));
}

TEST(Rfc6762Section16, FoldsNothingButAsciiLetters) {
  // '@' 'A'..'Z' '[' against '`' 'a'..'z' '{': only the letters are the same.
  EXPECT_NE(Parsed("@.local"), Parsed("`.local"));
  EXPECT_NE(Parsed("[.local"), Parsed("{.local"));
  EXPECT_NE(Parsed("\xc3\x84.local"), Parsed("\xc3\xa4.local"));  // Ä, ä
  EXPECT_NE(Parsed("\xc4.local"), Parsed("\xe4.local"));  // the same in Latin-1
}

TEST(Rfc6762Section16, ComparesAsBytesWithoutNormalizing) {
  // "é" as one code point, and as "e" with a combining accent.
  EXPECT_NE(Parsed("\xc3\xa9.local"), Parsed("e\xcc\x81.local"));
}

TEST(NameTest, KeepsItsSpelling) {
  EXPECT_EQ(Parsed("STORE.Local").ToString(), "STORE.Local");
  EXPECT_EQ(Parsed("STORE\xc3\x84.Local").Lowercase().ToString(),
            "store\xc3\x84.local");
}

TEST(NameTest, HashesAsItCompares) {
  const absl::Hash<Name> hash;
  EXPECT_EQ(hash(Parsed("STORE.Local")), hash(Parsed("store.local")));
  EXPECT_NE(hash(Parsed("a.b")), hash(Parsed("a\\.b")));
  EXPECT_NE(hash(Parsed("ab.c")), hash(Parsed("a.bc")));
  EXPECT_NE(hash(Parsed("@.local")), hash(Parsed("`.local")));
}

TEST(NameTest, OrdersByFoldedLabels) {
  EXPECT_LT(Parsed("A.local"), Parsed("b.local"));
  EXPECT_LT(Parsed("a.local"), Parsed("B.local"));
  EXPECT_FALSE(Parsed("a.local") < Parsed("A.LOCAL"));
  EXPECT_FALSE(Parsed("A.LOCAL") < Parsed("a.local"));
  EXPECT_LT(Parsed("a"), Parsed("a.b"));
  EXPECT_LT(Parsed("z"), Parsed("\xff"));
  EXPECT_LT(Name(), Parsed("a"));
}

TEST(NameTest, TakesAPrefix) {
  EXPECT_EQ(Parsed("_tcp.local").WithPrefix("_http"),
            Parsed("_http._tcp.local"));
  EXPECT_THAT(Parsed("local").WithPrefix("a.b")->labels(),
              ElementsAre("a.b", "local"));
  EXPECT_FALSE(Parsed("local").WithPrefix("").has_value());
  EXPECT_FALSE(Parsed("local").WithPrefix(std::string(64, 'a')).has_value());
  const Name longest = *Name::FromLabels(LabelsOfWireBytes(253));
  EXPECT_TRUE(longest.WithPrefix("a").has_value());
  EXPECT_FALSE(longest.WithPrefix("ab").has_value());
}

TEST(NameTest, HasAParent) {
  EXPECT_EQ(Parsed("a.b.local").Parent(), Parsed("b.local"));
  EXPECT_EQ(Parsed("local").Parent(), Name());
  EXPECT_EQ(Name().Parent(), Name());
}

TEST(NameTest, KnowsItsAncestors) {
  EXPECT_TRUE(Parsed("x._http._TCP.local").IsUnder(Parsed("_http._tcp.Local")));
  EXPECT_TRUE(Parsed("store.local").IsUnder(Parsed("store.local")));
  EXPECT_TRUE(Parsed("store.local").IsUnder(Name()));
  EXPECT_FALSE(Parsed("backup-store.local").IsUnder(Parsed("store.local")));
  EXPECT_FALSE(Parsed("local").IsUnder(Parsed("store.local")));
  EXPECT_FALSE(Parsed("store.local.example").IsUnder(Parsed("store.local")));
}

}  // namespace
}  // namespace localstore::resolver::dns
