// What to say of a download, in words.
#pragma once

#include <string>

#include "client/render/style.h"
#include "localstore/v1/local_datastore.pb.h"

namespace localstore::client {

// "downloading"; "unknown" for what this client does not know.
std::string StateName(v1::Download::State state);

bool HasEnded(v1::Download::State state);

// What a person calls it: its destination, else the last part of its URL, else
// its id. Safe for a terminal.
std::string NameOf(const v1::Download& download, const Style& style);

// "ubuntu-4321-http-server.local" of
// "http://ubuntu-4321-http-server.local:8080/x".
std::string HostOf(const std::string& url);

// What was rewritten to what, and the way there; "" while that is not known.
std::string RewriteText(const v1::Download& download, const Style& style);

// "completed, 256.0 MiB in 2.0s (128.0 MiB/s)", with what was resumed, or that
// the right file was there already.
std::string CompletedText(const v1::Download& download);

// The end of it, several lines: file, size, time, average rate, SHA-256; or
// what went wrong is left to RenderError.
std::string SummaryText(const v1::Download& download, const Style& style);

}  // namespace localstore::client
