// Which Localstore is this?
#pragma once

namespace localstore {

// Of the service and of localstorectl alike.
constexpr char kVersion[] = "0.1.0";

}  // namespace localstore
