// Which Localstore is this?
#pragma once

namespace localstore::server {

constexpr char kVersion[] = "0.1.0";

}  // namespace localstore::server
