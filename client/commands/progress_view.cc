#include "client/commands/progress_view.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/render/download_text.h"
#include "client/render/json.h"
#include "client/render/progress_line.h"
#include "client/terminal/live_lines.h"

namespace localstore::client {
namespace {

// The same shape for Download and Watch: {"download":{...}}.
class JsonView : public ProgressView {
 public:
  explicit JsonView(Screen& out) : out_(out) {}

  void Show(const v1::Download& download) override {
    v1::DownloadResponse response;
    *response.mutable_download() = download;
    *out_.stream << ToJson(response) << '\n' << std::flush;
  }
  void Say(const std::string&) override {}
  void Redraw() override {}
  void Close() override {}

 private:
  Screen& out_;
};

// What stays on the screen: where a download comes from, and how it ended.
class Milestones {
 public:
  // Lines to print, each ended; often none.
  std::string Reached(const v1::Download& download, const Style& style) {
    std::string lines;
    const std::string rewrite = RewriteText(download, style);
    std::string& last = rewrites_[download.download_id()];
    if (!rewrite.empty() && rewrite != last) {
      last = rewrite;
      absl::StrAppend(&lines, rewrite, "\n");
    }
    if (download.state() == v1::Download::STATE_COMPLETED) {
      absl::StrAppend(&lines, SummaryText(download, style));
    } else if (HasEnded(download.state())) {
      absl::StrAppend(&lines,
                      style.Paint(Colour::kRed, NameOf(download, style)), ": ",
                      StateName(download.state()), "\n");
    }
    return lines;
  }

 private:
  std::map<std::string, std::string> rewrites_;
};

class PlainView : public ProgressView {
 public:
  explicit PlainView(Screen& out) : out_(out) {}

  void Show(const v1::Download& download) override {
    const std::string milestones = milestones_.Reached(download, out_.style);
    Seen& seen = seen_[download.download_id()];
    const Seen now{download.state(), download.attempt(),
                   download.received_bytes()};
    if (!HasEnded(download.state()) && Differs(seen, now)) {
      *out_.stream << PlainProgressLine(download, absl::Now(), out_.style)
                   << '\n';
    }
    seen = now;
    *out_.stream << milestones << std::flush;
  }

  void Say(const std::string& line) override {
    *out_.stream << line << '\n' << std::flush;
  }
  void Redraw() override {}
  void Close() override {}

 private:
  struct Seen {
    v1::Download::State state = v1::Download::STATE_UNSPECIFIED;
    int attempt = 0;
    int64_t received = 0;
  };

  static bool Differs(const Seen& before, const Seen& now) {
    // The first attempt begins with the state, which has been told.
    const bool again = before.attempt > 0 && before.attempt != now.attempt;
    return before.state != now.state || again ||
           (now.state == v1::Download::STATE_DOWNLOADING &&
            before.received != now.received);
  }

  Screen& out_;
  Milestones milestones_;
  std::map<std::string, Seen> seen_;
};

class LiveView : public ProgressView {
 public:
  explicit LiveView(Screen& out) : out_(out), lines_(&out) {}

  void Show(const v1::Download& download) override {
    const std::string milestones = milestones_.Reached(download, out_.style);
    const auto same = [&download](const v1::Download& other) {
      return other.download_id() == download.download_id();
    };
    const auto found = std::find_if(running_.begin(), running_.end(), same);
    if (HasEnded(download.state())) {
      if (found != running_.end()) running_.erase(found);
    } else if (found != running_.end()) {
      *found = download;
    } else {
      running_.push_back(download);
    }
    if (!milestones.empty()) lines_.Print(milestones);
    Redraw();
  }

  void Say(const std::string& line) override {
    lines_.Print(absl::StrCat(line, "\n"));
  }

  void Redraw() override {
    const absl::Time now = absl::Now();
    const size_t rows = lines_.rows();
    const bool all = running_.size() <= rows;
    const ProgressColumns columns = ColumnsOf(running_, out_.style);
    std::vector<std::string> lines;
    for (const v1::Download& download : running_) {
      if (!all && lines.size() + 1 == rows) break;
      lines.push_back(
          ProgressLine(download, lines_.columns(), now, out_.style, columns));
    }
    if (!all) {
      lines.push_back(Truncate(
          absl::StrCat("... and ", running_.size() - lines.size(), " more"),
          lines_.columns()));
    }
    lines_.Draw(lines);
  }

  void NoteInterrupt() override { lines_.NoteEcho(2); }

  void Close() override { lines_.Clear(); }

 private:
  Screen& out_;
  LiveLines lines_;
  Milestones milestones_;
  std::vector<v1::Download> running_;
};

}  // namespace

std::unique_ptr<ProgressView> MakeProgressView(const Reporter& reporter,
                                               Screen& out) {
  if (reporter.json()) return std::make_unique<JsonView>(out);
  if (out.redraws) return std::make_unique<LiveView>(out);
  return std::make_unique<PlainView>(out);
}

}  // namespace localstore::client
