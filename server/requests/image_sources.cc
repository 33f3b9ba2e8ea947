#include "server/requests/image_sources.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "fetcher/credentials.h"

namespace localstore::server {
namespace {

using fetcher::DatastoreUrl;
using fetcher::ImageSource;

constexpr int kMaxDatastores = 16;
constexpr char kNothingWrong[] = "http://nothing-wrong.local/image";

std::string KnownNames(const DatastoreCatalog& catalog) {
  if (catalog.empty()) return "the server's configuration has none";
  return absl::StrCat(
      "the server's configuration has ",
      absl::StrJoin(catalog, ", ", [](std::string* out, const auto& entry) {
        absl::StrAppend(out, entry.first);
      }));
}

fetcher::TlsIdentity CheckIdentity(v1::TlsIdentity identity,
                                   const std::string& field,
                                   Violations& violations) {
  switch (identity) {
    case v1::TLS_IDENTITY_UNSPECIFIED:
    case v1::TLS_IDENTITY_IP_ADDRESS:
      return fetcher::TlsIdentity::kIpAddress;
    case v1::TLS_IDENTITY_HOST_NAME:
      return fetcher::TlsIdentity::kHostName;
    default:
      violations.Add(absl::StrCat(field, ".tls_identity"),
                     absl::StrCat("has the unknown value ", identity));
      return fetcher::TlsIdentity::kIpAddress;
  }
}

fetcher::DatastoreAccess MakeAccess(const v1::Datastore& datastore,
                                    const std::string& field,
                                    Violations& violations) {
  fetcher::DatastoreAccess access;
  access.ca_certificates_pem = datastore.ca_certificates_pem();
  access.tls_identity =
      CheckIdentity(datastore.tls_identity(), field, violations);
  access.client_certificate_pem = datastore.client_certificate_pem();
  access.client_key_pem = datastore.client_key_pem();
  const std::string credentials = absl::StrCat(field, ".credentials");
  absl::StatusOr<std::string> authorization =
      fetcher::MakeAuthorization(datastore.credentials().scheme(),
                                 datastore.credentials().value(), credentials);
  violations.Merge(authorization.status(), credentials);
  if (authorization.ok()) access.authorization = *std::move(authorization);
  access.allow_credentials_over_http =
      datastore.credentials().allow_over_http();
  return access;
}

// The datastore itself, or the one of the catalog that its name stands for.
const v1::Datastore& Lookup(const v1::Datastore& datastore,
                            const DatastoreCatalog& catalog) {
  if (!datastore.fqdn().empty()) return datastore;
  const auto found = catalog.find(datastore.name());
  return found == catalog.end() ? datastore : found->second;
}

class SourceMaker {
 public:
  SourceMaker(const v1::DownloadRequest& request,
              const DatastoreCatalog& catalog, Violations& violations)
      : request_(request), catalog_(catalog), violations_(violations) {}

  ImageSources FromUrl() {
    if (request_.datastores_size() > 1) {
      violations_.Add("datastores",
                      "with url, at most one datastore says how to reach it");
    }
    absl::StatusOr<DatastoreUrl> url =
        DatastoreUrl::Parse(request_.url(), "url");
    violations_.Merge(url.status(), "url");
    v1::Datastore datastore;
    if (request_.datastores_size() > 0) {
      datastore = Lookup(request_.datastores(0), catalog_);
      if (url.ok()) CheckSameOrigin(datastore, *url);
    }
    Add(datastore, std::move(url),
        request_.datastores().empty() ? "url" : "datastores[0]");
    return std::move(result_);
  }

  ImageSources FromDatastores() {
    if (request_.datastores().empty()) {
      violations_.Add("datastores",
                      "is empty; with image, give at least one datastore that "
                      "has it");
    }
    const int count = std::min(request_.datastores_size(), kMaxDatastores);
    if (request_.datastores_size() > count) {
      violations_.Add("datastores",
                      absl::StrCat("has ", request_.datastores_size(),
                                   " datastores; at most ", kMaxDatastores,
                                   " are allowed"));
    }
    for (int i = 0; i < count; ++i) {
      const std::string field = absl::StrCat("datastores[", i, "]");
      const v1::Datastore& datastore = Lookup(request_.datastores(i), catalog_);
      absl::StatusOr<DatastoreUrl> url = Join(datastore, field);
      Add(datastore, std::move(url), field);
    }
    return std::move(result_);
  }

 private:
  absl::StatusOr<DatastoreUrl> Join(const v1::Datastore& datastore,
                                    const std::string& field) {
    if (datastore.fqdn().empty() && !datastore.name().empty()) {
      violations_.Add(
          absl::StrCat(field, ".name"),
          absl::StrCat("\"", datastore.name(),
                       "\" is no configured datastore: ", KnownNames(catalog_),
                       "; give its fqdn, or a name from there"));
      return absl::InvalidArgumentError("no such datastore");
    }
    const std::string fqdn_field = absl::StrCat(field, ".fqdn");
    const std::string dpath_field = absl::StrCat(field, ".dpath");
    DatastoreUrl::Parts parts;
    parts.fqdn = datastore.fqdn();
    parts.dpath = datastore.dpath();
    parts.image = request_.image();
    parts.fqdn_field = fqdn_field;
    parts.dpath_field = dpath_field;
    parts.image_field = "image";
    absl::StatusOr<DatastoreUrl> url = DatastoreUrl::Join(parts);
    violations_.Merge(url.status(), fqdn_field);
    return url;
  }

  // What a caller says beside a URL is the caller's to say; what the
  // configuration holds is for the datastore that it names.
  void CheckSameOrigin(const v1::Datastore& datastore,
                       const DatastoreUrl& url) {
    const bool configured = request_.datastores(0).fqdn().empty() &&
                            catalog_.count(datastore.name()) > 0;
    if (datastore.fqdn().empty()) return;
    const auto base =
        DatastoreUrl::ParseFqdn(datastore.fqdn(), "datastores[0].fqdn");
    violations_.Merge(base.status(), "datastores[0].fqdn");
    if (!base.ok() || SameOrigin(*base, url)) return;
    violations_.Add(
        configured ? "datastores[0].name" : "datastores[0].fqdn",
        "is for another scheme, host or port than url; its certificates and "
        "credentials are not sent there");
  }

  void Add(const v1::Datastore& datastore, absl::StatusOr<DatastoreUrl> url,
           const std::string& field) {
    fetcher::DatastoreAccess access = MakeAccess(datastore, field, violations_);
    if (result_.sources.empty() && url.ok()) result_.first_url = *url;
    if (!url.ok()) {
      result_.sources.push_back(HarmlessSource());
      return;
    }
    violations_.Merge(fetcher::CheckCredentials(access, *url, field), field);
    ImageSource source;
    source.datastore =
        datastore.name().empty() ? url->host() : datastore.name();
    source.url = url->ToString();
    source.access = std::move(access);
    source.field = field;
    result_.sources.push_back(std::move(source));
  }

  const v1::DownloadRequest& request_;
  const DatastoreCatalog& catalog_;
  Violations& violations_;
  ImageSources result_;
};

}  // namespace

ImageSource HarmlessSource() {
  ImageSource source;
  source.url = kNothingWrong;
  return source;
}

ImageSources MakeImageSources(const v1::DownloadRequest& request,
                              const DatastoreCatalog& catalog,
                              Violations& violations) {
  if (!request.url().empty() && !request.image().empty()) {
    violations.Add("image", "is given beside url; give one of the two");
  }
  if (request.url().empty() && request.image().empty()) {
    violations.Add(
        "url", "is empty; give an absolute URL, or an image and datastores");
    return {{HarmlessSource()}, absl::nullopt};
  }
  SourceMaker maker(request, catalog, violations);
  ImageSources sources =
      request.url().empty() ? maker.FromDatastores() : maker.FromUrl();
  if (sources.sources.empty()) sources.sources.push_back(HarmlessSource());
  return sources;
}

}  // namespace localstore::server
