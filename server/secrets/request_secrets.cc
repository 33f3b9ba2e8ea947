#include "server/secrets/request_secrets.h"

#include "localstore/v1/error_reason.pb.h"
#include "protos/errors/error.h"
#include "server/convert/shown_url.h"

namespace localstore::server {

std::string TakeSecrets(v1::DownloadRequest& request) {
  // A request of nothing but its datastores' secrets.
  v1::DownloadRequest secrets;
  bool any = false;
  // The whole of each, so that it can be put back as it was.
  if (ShownUrl(request.url()) != request.url()) {
    any = true;
    secrets.set_url(request.url());
    request.set_url(ShownUrl(request.url()));
  }
  if (ShownUrl(request.image()) != request.image()) {
    any = true;
    secrets.set_image(request.image());
    request.set_image(ShownUrl(request.image()));
  }
  for (v1::Datastore& datastore : *request.mutable_datastores()) {
    v1::Datastore* secret = secrets.add_datastores();
    if (!datastore.credentials().value().empty()) {
      any = true;
      secret->mutable_credentials()->set_value(datastore.credentials().value());
      datastore.mutable_credentials()->clear_value();
    }
    if (!datastore.client_key_pem().empty()) {
      any = true;
      secret->set_client_key_pem(datastore.client_key_pem());
      datastore.clear_client_key_pem();
    }
  }
  return any ? secrets.SerializeAsString() : "";
}

absl::Status PutSecrets(const std::string& bytes,
                        v1::DownloadRequest& request) {
  v1::DownloadRequest secrets;
  if (!secrets.ParseFromString(bytes) ||
      secrets.datastores_size() != request.datastores_size()) {
    return MakeError(v1::ERROR_REASON_INTERNAL,
                     "stored secrets do not fit their download");
  }
  if (!secrets.url().empty()) request.set_url(secrets.url());
  if (!secrets.image().empty()) request.set_image(secrets.image());
  for (int i = 0; i < secrets.datastores_size(); ++i) {
    request.mutable_datastores(i)->MergeFrom(secrets.datastores(i));
  }
  return absl::OkStatus();
}

}  // namespace localstore::server
