// What every end-to-end test has: the lab, a server on its device, a stub.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "localstore/v1/local_datastore.grpc.pb.h"
#include "testing/e2e/lab.h"
#include "testing/e2e/server_process.h"

namespace localstore::testing {

// The names of the standard Apps, whose addresses are those of lab.sh.
constexpr char kStoreHost[] = "ubuntu-4321-http-server.local";
constexpr char kStoreAddress[] = "10.1.0.5";

// A Download stream, read to its end.
struct DownloadOutcome {
  absl::Status status;
  std::vector<v1::Download> snapshots;

  const v1::Download& last() const { return snapshots.back(); }
  // How many of the snapshots are in this state.
  int Count(v1::Download::State state) const;
};

class EndToEndTest : public ::testing::Test {
 protected:
  // Starts the server with these options; the test ends here if it does not.
  void StartServer(const ServerOptions& options = {});

  // Stops it as a service manager does, and expects that it ends well. Also
  // done after every test.
  void StopServer();

  void TearDown() override;

  // Every call ends, well or not, within a minute.
  absl::Status Resolve(const v1::ResolveRequest& request,
                       v1::ResolveResponse& response);
  DownloadOutcome Download(const v1::DownloadRequest& request);

  // The only IPv4 endpoint of the name; fails the test when it has not one.
  v1::Endpoint ResolveOne(const std::string& host);

  // The path of an image at the destination.
  std::string Destination(const std::string& name) const;

  const Lab lab_;
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<v1::LocalDatastoreService::Stub> stub_;

 private:
  // Below TEST_TMPDIR, one for each test; made when it is first asked for.
  const std::string& Directory();

  std::string directory_;
};

// A request for the URL, with the digest, and the rest as a caller leaves it.
v1::DownloadRequest DownloadOf(const std::string& url,
                               const std::string& sha256);

// The detail of that type; empty where there is none.
google::rpc::ErrorInfo ErrorInfoOf(const absl::Status& status);
google::rpc::BadRequest BadRequestOf(const absl::Status& status);

// Does the status have the code, the reason, and ErrorInfo's domain?
MATCHER_P2(FailsWith, code, reason, "") {
  const google::rpc::ErrorInfo info = ErrorInfoOf(arg);
  *result_listener << arg.ToString();
  return arg.code() == code && info.reason() == reason &&
         info.domain() == "localstore";
}

// Are the two files the same, byte for byte? They must not be empty.
::testing::AssertionResult SameFile(const std::string& left,
                                    const std::string& right);

}  // namespace localstore::testing
