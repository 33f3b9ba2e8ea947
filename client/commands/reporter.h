// How a command tells what came of it: text for people, or JSON.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "client/exit_code.h"
#include "client/terminal/screen.h"
#include "google/protobuf/message.h"
#include "google/rpc/status.pb.h"

namespace localstore::client {

class Reporter {
 public:
  // The screens must outlive this.
  Reporter(Screen* out, Screen* err, bool json)
      : out_(out), err_(err), json_(json) {}

  bool json() const { return json_; }

  // Of a result: the message in JSON, else `text`, which ends with a line
  // break.
  void Result(const google::protobuf::Message& message,
              const std::string& text) const;

  // An error, on the error side in either form, and the exit code for it.
  ExitCode Error(const google::rpc::Status& error) const;

  // A mistake on the command line.
  ExitCode UsageError(const absl::Status& error) const;

  // Something for a person to know beside the result, whole lines; nothing in
  // JSON.
  void Note(const std::string& text) const;

 private:
  Screen* const out_;
  Screen* const err_;
  const bool json_;
};

}  // namespace localstore::client
