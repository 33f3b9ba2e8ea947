#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/secrets/key_file.h"
#include "server/secrets/request_secrets.h"
#include "server/secrets/secret_box.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

SecretBox::Key KeyOf(uint8_t byte) {
  SecretBox::Key key;
  key.fill(byte);
  return key;
}

TEST(SecretBoxTest, OpensWhatItSealed) {
  const SecretBox box(KeyOf(1));
  for (const std::string& secret :
       {std::string(), std::string("s3cret"), std::string(100'000, 'x')}) {
    const auto sealed = box.Seal(secret, "id");
    ASSERT_TRUE(sealed.ok());
    if (!secret.empty()) {
      EXPECT_THAT(*sealed, Not(HasSubstr(secret)));
    }
    const auto opened = box.Open(*sealed, "id");
    ASSERT_TRUE(opened.ok()) << opened.status();
    EXPECT_EQ(*opened, secret);
  }
}

TEST(SecretBoxTest, SealsTheSameDifferentlyEachTime) {
  const SecretBox box(KeyOf(1));
  EXPECT_NE(*box.Seal("s3cret", "id"), *box.Seal("s3cret", "id"));
}

TEST(SecretBoxTest, RefusesAnotherKeyContextOrText) {
  const SecretBox box(KeyOf(1));
  const std::string sealed = *box.Seal("s3cret", "id");
  EXPECT_FALSE(SecretBox(KeyOf(2)).Open(sealed, "id").ok());
  EXPECT_FALSE(box.Open(sealed, "other").ok());
  EXPECT_FALSE(box.Open("", "id").ok());
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(box.Open(changed, "id").ok()) << i;
  }
}

class KeyFileTest : public ::testing::Test {
 protected:
  KeyFileTest()
      : directory_(
            std::filesystem::path(::testing::TempDir()) /
            ::testing::UnitTest::GetInstance()->current_test_info()->name()),
        path_((directory_ / "key").string()) {
    std::filesystem::create_directories(directory_);
  }
  ~KeyFileTest() override { std::filesystem::remove_all(directory_); }

  const std::filesystem::path directory_;
  const std::string path_;
};

TEST_F(KeyFileTest, IsMadeOnceForItsOwnerAlone) {
  const auto key = LoadOrMakeKey(path_);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(*LoadOrMakeKey(path_), *key);
  struct stat file {};
  ASSERT_EQ(stat(path_.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}),
            1);
}

TEST_F(KeyFileTest, OpenToOthersIsRefused) {
  ASSERT_TRUE(LoadOrMakeKey(path_).ok());
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  EXPECT_THAT(std::string(LoadOrMakeKey(path_).status().message()),
              HasSubstr("0600"));
}

TEST_F(KeyFileTest, MustHaveTheRightLength) {
  std::ofstream(path_) << "short";
  ASSERT_EQ(chmod(path_.c_str(), 0600), 0);
  EXPECT_THAT(std::string(LoadOrMakeKey(path_).status().message()),
              HasSubstr("exactly 32 bytes"));
}

TEST_F(KeyFileTest, ThatCannotBeMadeIsNamed) {
  EXPECT_THAT(std::string(LoadOrMakeKey("/nowhere/key").status().message()),
              HasSubstr("/nowhere/key"));
}

TEST(RequestSecretsTest, ComeOutAndGoBack) {
  v1::DownloadRequest request;
  request.set_image("disk?sig=s1gned");
  request.add_datastores()->set_fqdn("http://plain.local");
  v1::Datastore* datastore = request.add_datastores();
  datastore->set_fqdn("https://store.local");
  datastore->mutable_credentials()->set_scheme("Bearer");
  datastore->mutable_credentials()->set_value("s3cret");
  datastore->set_client_key_pem("PRIVATE");
  const v1::DownloadRequest original = request;
  const std::string secrets = TakeSecrets(request);
  EXPECT_THAT(request.SerializeAsString(), Not(HasSubstr("s3cret")));
  EXPECT_THAT(request.SerializeAsString(), Not(HasSubstr("PRIVATE")));
  EXPECT_EQ(request.image(), "disk?sig=***");
  EXPECT_EQ(request.datastores(1).credentials().scheme(), "Bearer");
  ASSERT_TRUE(PutSecrets(secrets, request).ok());
  EXPECT_EQ(request.SerializeAsString(), original.SerializeAsString());
}

TEST(RequestSecretsTest, AQueryIsOne) {
  v1::DownloadRequest request;
  request.set_url("http://store.local/disk?X-Signature=s1gned");
  const v1::DownloadRequest original = request;
  const std::string secrets = TakeSecrets(request);
  EXPECT_EQ(request.url(), "http://store.local/disk?X-Signature=***");
  ASSERT_TRUE(PutSecrets(secrets, request).ok());
  EXPECT_EQ(request.SerializeAsString(), original.SerializeAsString());
}

TEST(RequestSecretsTest, NoneIsNothing) {
  v1::DownloadRequest request;
  request.add_datastores()->set_fqdn("http://plain.local");
  EXPECT_EQ(TakeSecrets(request), "");
}

TEST(RequestSecretsTest, OfAnotherRequestDoNotFit) {
  v1::DownloadRequest request;
  request.add_datastores()->set_client_key_pem("PRIVATE");
  const std::string secrets = TakeSecrets(request);
  request.add_datastores();
  EXPECT_FALSE(PutSecrets(secrets, request).ok());
  EXPECT_FALSE(PutSecrets("\xFF", request).ok());
}

}  // namespace
}  // namespace localstore::server
