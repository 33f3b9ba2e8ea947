#pragma once

namespace localstore::client {

// Of localstorectl itself; Status tells the server's.
constexpr char kVersion[] = "0.1.0";

}  // namespace localstore::client
