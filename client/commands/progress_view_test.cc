#include "client/commands/progress_view.h"

#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace localstore::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ProgressViewTest : public ::testing::Test {
 protected:
  ProgressViewTest() {
    screen_.stream = &out_;
    screen_.columns = [] { return size_t{100}; };
    screen_.rows = [] { return size_t{4}; };
  }

  std::unique_ptr<ProgressView> View(bool json) {
    return MakeProgressView(Reporter(&screen_, &screen_, json), screen_);
  }

  static v1::Download Snapshot(const std::string& id, v1::Download::State state,
                               int64_t received) {
    v1::Download download;
    download.set_download_id(id);
    download.set_state(state);
    download.set_destination(absl::StrCat(id, ".img"));
    download.set_received_bytes(received);
    download.set_total_bytes(1024);
    return download;
  }

  std::string Take() {
    std::string text = out_.str();
    out_.str("");
    return text;
  }

  std::ostringstream out_;
  Screen screen_;
};

TEST_F(ProgressViewTest, PlainLinesComeOnlyWhereSomethingChanged) {
  const auto view = View(false);
  view->Show(Snapshot("d", v1::Download::STATE_QUEUED, 0));
  view->Show(Snapshot("d", v1::Download::STATE_QUEUED, 0));
  EXPECT_EQ(Take(), "d.img: queued\n");
  view->Show(Snapshot("d", v1::Download::STATE_DOWNLOADING, 512));
  view->Show(Snapshot("d", v1::Download::STATE_DOWNLOADING, 512));
  EXPECT_EQ(Take(), "d.img: 50%, 512 B of 1.0 KiB, 0 B/s\n");
  view->Redraw();
  view->Close();
  EXPECT_EQ(Take(), "");
}

TEST_F(ProgressViewTest, SaysOnceWhatWasRewrittenToWhat) {
  const auto view = View(false);
  v1::Download download = Snapshot("d", v1::Download::STATE_DOWNLOADING, 1);
  download.set_url("http://a.local/x");
  download.set_effective_url("http://10.1.0.5/x");
  view->Show(download);
  EXPECT_THAT(Take(), HasSubstr("http://a.local/x -> http://10.1.0.5/x\n"));
  download.set_received_bytes(2);
  view->Show(download);
  EXPECT_THAT(Take(), Not(HasSubstr("->")));
  download.set_effective_url("http://10.1.0.6/x");
  view->Show(download);
  EXPECT_THAT(Take(), HasSubstr("-> http://10.1.0.6/x\n"));
}

TEST_F(ProgressViewTest, JsonIsOneObjectALineAndNothingElse) {
  const auto view = View(true);
  view->Show(Snapshot("d", v1::Download::STATE_QUEUED, 0));
  view->Say("hello");
  view->Redraw();
  view->Close();
  const std::string text = Take();
  EXPECT_THAT(text, ::testing::StartsWith(R"({"download":{"downloadId":"d")"));
  EXPECT_EQ(text.find('\n'), text.size() - 1);
}

TEST_F(ProgressViewTest, ATerminalShowsALineForEachDownloadThatRuns) {
  screen_.redraws = true;
  const auto view = View(false);
  view->Show(Snapshot("a", v1::Download::STATE_DOWNLOADING, 1));
  view->Show(Snapshot("b", v1::Download::STATE_DOWNLOADING, 1));
  Take();
  view->Redraw();
  EXPECT_THAT(Take(), ::testing::MatchesRegex("\r\x1b\\[1A\x1b\\[Ja\\.img.*\n"
                                              "b\\.img.*"));
  view->Show(Snapshot("a", v1::Download::STATE_COMPLETED, 1024));
  EXPECT_THAT(Take(), HasSubstr("a.img: completed"));
  view->Redraw();
  EXPECT_THAT(Take(), Not(HasSubstr("a.img")));
}

TEST_F(ProgressViewTest, MoreThanTheTerminalHoldsAreCounted) {
  screen_.redraws = true;
  const auto view = View(false);
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    view->Show(Snapshot(id, v1::Download::STATE_DOWNLOADING, 1));
  }
  Take();
  view->Redraw();
  const std::string text = Take();
  EXPECT_THAT(text, HasSubstr("... and 3 more"));
  EXPECT_THAT(text, Not(HasSubstr("c.img")));
}

}  // namespace
}  // namespace localstore::client
