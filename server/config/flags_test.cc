#include "server/config/flags.h"

#include <string>
#include <vector>

#include "absl/flags/reflection.h"
#include "gtest/gtest.h"
#include "server/config/setting.h"

namespace localstore::server {
namespace {

TEST(FlagsTest, EverySettingHasOne) {
  for (const std::string& name : SettingNames()) {
    EXPECT_NE(absl::FindCommandLineFlag(name), nullptr) << name;
  }
}

// A flag that is defined but not looked at would be taken and ignored.
TEST(FlagsTest, EveryOneIsTaken) {
  std::vector<std::string> texts = {"localstored", "--config=/x"};
  for (const std::string& name : SettingNames()) {
    texts.push_back("--" + name + "=1");
  }
  std::vector<char*> arguments;
  arguments.reserve(texts.size());
  for (std::string& text : texts) arguments.push_back(text.data());
  const auto command_line =
      ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
  ASSERT_TRUE(command_line.ok()) << command_line.status();
  EXPECT_EQ(command_line->config_file, "/x");
  for (const std::string& name : SettingNames()) {
    EXPECT_EQ(command_line->settings.count(name), 1u) << name;
  }
}

}  // namespace
}  // namespace localstore::server
