// What Protobuf logs, in the server's log.
#pragma once

namespace localstore::server {

// From now on, and without Protobuf's words: they may quote what a caller sent.
void TakeOverProtobufLog();

}  // namespace localstore::server
