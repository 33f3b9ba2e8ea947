#include "fetcher/request_check.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "fetcher/credentials.h"
#include "fetcher/datastore_url.h"
#include "fetcher/pipeline/sha256.h"
#include "fetcher/storage/download_directory.h"
#include "fetcher/tls_policy.h"
#include "protos/errors/error.h"

namespace localstore::fetcher {
namespace {

void CheckCount(int64_t value, const char* field,
                std::vector<FieldViolation>& violations) {
  if (value < 0) violations.push_back({field, "must not be negative"});
}

absl::Status CheckFields(const FetchRequest& request) {
  std::vector<FieldViolation> violations;
  if (request.sources.empty()) {
    violations.push_back({"url", "is needed, or a datastore"});
  }
  if (!request.sha256.empty() && !IsSha256Hex(request.sha256)) {
    violations.push_back({"sha256", "must be 64 lower-case hex digits"});
  }
  CheckCount(request.size_bytes, "size_bytes", violations);
  CheckCount(request.max_size_bytes, "max_size_bytes", violations);
  CheckCount(request.max_bytes_per_second, "max_bytes_per_second", violations);
  if (request.max_size_bytes > 0 &&
      request.size_bytes > request.max_size_bytes) {
    violations.push_back(
        {"size_bytes", absl::StrCat("is over max_size_bytes, which is ",
                                    request.max_size_bytes)});
  }
  if (violations.empty()) return absl::OkStatus();
  return MakeBadRequest(violations);
}

std::string FieldOf(const FetchRequest& request, size_t i) {
  const ImageSource& source = request.sources[i];
  if (!source.field.empty()) return source.field;
  return request.sources.size() == 1 ? "url"
                                     : absl::StrCat("datastores[", i, "]");
}

absl::Status CheckSource(const ImageSource& source, const std::string& field,
                         bool allow_system_roots) {
  const absl::StatusOr<DatastoreUrl> url =
      DatastoreUrl::Parse(source.url, field);
  if (!url.ok()) return url.status();
  absl::Status status = CheckCredentials(source.access, *url, field);
  if (!status.ok()) return status;
  TlsPolicy::Options tls;
  tls.allow_system_roots = allow_system_roots;
  tls.require_trust = url->is_https();
  // A URL has its certificates in the first datastore.
  return TlsPolicy::Create(source.access,
                           field == "url" ? "datastores[0]" : field, tls)
      .status();
}

}  // namespace

absl::Status CheckRequest(const FetchRequest& request,
                          bool allow_system_roots) {
  absl::Status status = CheckFields(request);
  if (status.ok()) {
    status = DownloadDirectory::CheckDestination(request.destination);
  }
  for (size_t i = 0; status.ok() && i < request.sources.size(); ++i) {
    status = CheckSource(request.sources[i], FieldOf(request, i),
                         allow_system_roots);
  }
  return status;
}

}  // namespace localstore::fetcher
