// JOURNAL_STREAM is read once a process: these cases have one of their own.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/logging/log.h"
#include "testing/environment.h"

namespace localstore::server {
namespace {

using ::testing::StartsWith;

// What a process that inherits this environment writes to standard error.
std::string Logged(bool stderr_is_the_journal) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    struct stat status {};
    fstat(STDERR_FILENO, &status);
    const std::string stream = absl::StrCat(
        status.st_dev, ":", status.st_ino + (stderr_is_the_journal ? 0 : 1));
    localstore::testing::SetVariable("JOURNAL_STREAM", stream);
    LogWarning("hello");
    _exit(0);
  }
  close(ends[1]);
  char text[256];
  const ssize_t size = read(ends[0], text, sizeof(text));
  close(ends[0]);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "";
}

TEST(JournalLevelsTest, AreWrittenToTheJournal) {
  EXPECT_THAT(Logged(true), StartsWith("<4>20"));
}

TEST(JournalLevelsTest, AreNotWrittenToAFileThatOnlyInheritedTheVariable) {
  EXPECT_THAT(Logged(false), StartsWith("20"));
}

}  // namespace
}  // namespace localstore::server
