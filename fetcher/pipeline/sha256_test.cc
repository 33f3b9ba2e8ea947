#include "fetcher/pipeline/sha256.h"

#include "gtest/gtest.h"

namespace localstore::fetcher {
namespace {

// FIPS 180-4, the examples for SHA-256.
constexpr char kAbc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kEmpty[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Sha256Test, KnownAnswers) {
  EXPECT_EQ(Sha256Hex("abc"), kAbc);
  EXPECT_EQ(Sha256Hex(""), kEmpty);
}

TEST(Sha256Test, InPieces) {
  Sha256Stream stream;
  stream.Update("a");
  EXPECT_EQ(stream.HexDigest(), Sha256Hex("a"));
  stream.Update("bc");
  EXPECT_EQ(stream.HexDigest(), kAbc);
  stream.Reset();
  EXPECT_EQ(stream.HexDigest(), kEmpty);
}

TEST(Sha256Test, WhatLooksLikeADigest) {
  EXPECT_TRUE(IsSha256Hex(kAbc));
  EXPECT_FALSE(IsSha256Hex(""));
  EXPECT_FALSE(IsSha256Hex(std::string(63, 'a')));
  EXPECT_FALSE(IsSha256Hex(std::string(65, 'a')));
  EXPECT_FALSE(IsSha256Hex(std::string(64, 'A')));
  EXPECT_FALSE(IsSha256Hex(std::string(64, 'g')));
}

}  // namespace
}  // namespace localstore::fetcher
