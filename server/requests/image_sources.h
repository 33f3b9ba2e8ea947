// Where a requested image is, in the fetcher's terms.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "fetcher/datastore_url.h"
#include "fetcher/image_fetcher.h"
#include "localstore/v1/local_datastore.pb.h"
#include "server/requests/violations.h"

namespace localstore::server {

// The datastores of the configuration, by name.
using DatastoreCatalog = std::map<std::string, v1::Datastore>;

// One that nothing is wrong with.
fetcher::ImageSource HarmlessSource();

struct ImageSources {
  // One for each datastore of the request, or one for its URL. Where one is
  // wrong its place is taken by HarmlessSource, so that what checks the rest
  // finds nothing more in it.
  std::vector<fetcher::ImageSource> sources;
  // Of the first source; none when it is wrong.
  absl::optional<fetcher::DatastoreUrl> first_url;
};

// From `url`, or `image` and `datastores`. A datastore without fqdn is looked
// up in the catalog. One of the catalog that comes with a URL must be where the
// URL points to, since its credentials go there.
ImageSources MakeImageSources(const v1::DownloadRequest& request,
                              const DatastoreCatalog& catalog,
                              Violations& violations);

}  // namespace localstore::server
