#include "client/render/downloads_table.h"

#include "absl/strings/str_cat.h"
#include "client/render/download_text.h"
#include "client/render/error_text.h"
#include "client/render/progress_line.h"
#include "client/render/table.h"
#include "client/render/units.h"

namespace localstore::client {
namespace {

constexpr size_t kWidestFile = 48;

std::string SizeText(const v1::Download& download) {
  return download.total_bytes() > 0      ? BytesText(download.total_bytes())
         : download.received_bytes() > 0 ? BytesText(download.received_bytes())
                                         : "-";
}

std::string DoneText(const v1::Download& download) {
  const int percent = Percent(download);
  return percent < 0 ? "-" : absl::StrCat(percent, "%");
}

std::string RateOrWait(const v1::Download& download, absl::Time now) {
  if (download.state() == v1::Download::STATE_DOWNLOADING) {
    return RateText(download.bytes_per_second());
  }
  if (download.state() == v1::Download::STATE_WAITING &&
      download.has_next_attempt_time()) {
    return absl::StrCat(
        "in ", TimeLeftText(FromProto(download.next_attempt_time()) - now));
  }
  return "-";
}

std::string TimeLeft(const v1::Download& download) {
  return download.state() == v1::Download::STATE_DOWNLOADING &&
                 download.has_eta()
             ? TimeLeftText(FromProto(download.eta()))
             : "-";
}

}  // namespace

std::string DownloadsText(
    const google::protobuf::RepeatedPtrField<v1::Download>& downloads,
    absl::Time now, const Style& style) {
  Table table({"ID", "STATE", "DONE", "SIZE", "RATE", "ETA", "TRY", "FILE"});
  std::string errors;
  for (const v1::Download& download : downloads) {
    const std::string id = style.Safe(download.download_id());
    table.AddRow({id, StateName(download.state()), DoneText(download),
                  SizeText(download), RateOrWait(download, now),
                  TimeLeft(download), absl::StrCat(download.attempt()),
                  Ellipsize(NameOf(download, style), kWidestFile)});
    if (download.has_error() &&
        download.state() != v1::Download::STATE_COMPLETED) {
      absl::StrAppend(&errors, id, ": ",
                      RenderErrorLine(download.error(), style), "\n");
    }
  }
  return absl::StrCat(table.Render(), errors);
}

}  // namespace localstore::client
