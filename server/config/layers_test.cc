#include "server/config/layers.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config/config_check.h"

namespace localstore::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::string MessageOf(const absl::StatusOr<v1::Config>& config) {
  return std::string(config.status().message());
}

TEST(LayerConfigTest, DefaultsMakeSense) {
  const auto config = LayerConfig(v1::Config(), {}, {});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_THAT(
      config->listen(),
      ElementsAre("unix:/run/localstore/localstore.sock", "127.0.0.1:50051"));
  EXPECT_EQ(config->max_active_downloads(), 4);
  EXPECT_EQ(config->log_level(), "info");
  EXPECT_EQ(config->socket_mode(), "0660");
  EXPECT_TRUE(CheckConfig(*config).ok());
}

TEST(LayerConfigTest, FlagWinsOverEnvironmentOverFileOverDefault) {
  v1::Config file;
  file.set_max_active_downloads(1);
  file.set_max_queued_downloads(1);
  file.set_log_format("json");
  const auto config = LayerConfig(
      file, {{"max_active_downloads", "2"}, {"max_queued_downloads", "2"}},
      {{"max_active_downloads", "3"}});
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->max_active_downloads(), 3);
  EXPECT_EQ(config->max_queued_downloads(), 2);
  EXPECT_EQ(config->log_format(), "json");
  EXPECT_EQ(config->log_level(), "info");
}

TEST(LayerConfigTest, AZeroThatWasGivenIsNoDefault) {
  v1::Config file;
  file.set_max_queued_downloads(0);
  EXPECT_EQ(LayerConfig(file, {}, {})->max_queued_downloads(), 0);
}

TEST(LayerConfigTest, AQuarterOfTheQueueIsForOthers) {
  EXPECT_EQ(
      LayerConfig(v1::Config(), {}, {})->max_queued_downloads_per_client(),
      750);
  v1::Config file;
  file.set_max_queued_downloads(3);
  EXPECT_EQ(LayerConfig(file, {}, {})->max_queued_downloads_per_client(), 3);
  file.set_max_queued_downloads_per_client(1);
  EXPECT_EQ(LayerConfig(file, {}, {})->max_queued_downloads_per_client(), 1);
  file.set_max_queued_downloads_per_client(-1);
  EXPECT_THAT(MessageOf(LayerConfig(file, {}, {})),
              HasSubstr("max_queued_downloads_per_client"));
}

TEST(LayerConfigTest, SaysAllThatIsWrong) {
  const auto config =
      LayerConfig(v1::Config(), {{"max_active_downloads", "many"}},
                  {{"resolve_timeout", "soon"}});
  EXPECT_THAT(MessageOf(config), AllOf(HasSubstr("max_active_downloads"),
                                       HasSubstr("resolve_timeout")));
}

TEST(EnvironmentTest, TakesItsOwnVariables) {
  const char* const environment[] = {"PATH=/bin",
                                     "LOCALSTORE_MAX_ACTIVE_DOWNLOADS=2",
                                     "LOCALSTORE_BRIDGES=a,b",
                                     "LOCALSTORE_CONFIG=/etc/x",
                                     "LOCALSTORE_SERVER=unix:/x",
                                     nullptr};
  const auto texts = SettingsOfEnvironment(environment);
  ASSERT_TRUE(texts.ok()) << texts.status();
  EXPECT_THAT(*texts, UnorderedElementsAre(Pair("max_active_downloads", "2"),
                                           Pair("bridges", "a,b")));
}

TEST(EnvironmentTest, AVariableThatSetsNothingIsAnError) {
  const char* const environment[] = {"LOCALSTORE_MAX_ACTIV_DOWNLOADS=2",
                                     nullptr};
  EXPECT_THAT(
      std::string(SettingsOfEnvironment(environment).status().message()),
      HasSubstr("is LOCALSTORE_MAX_ACTIVE_DOWNLOADS meant?"));
}

TEST(CheckConfigTest, SaysAllThatMakesNoSense) {
  const auto config = LayerConfig(v1::Config(), {},
                                  {{"listen", "0.0.0.0:1,nonsense"},
                                   {"metrics_listen", "unix:/run/metrics"},
                                   {"health_listen", "unix:/run/x.sock"},
                                   {"max_active_downloads", "0"},
                                   {"max_image_bytes", "-1"},
                                   {"max_ended_age", "-1s"},
                                   {"max_orphan_age", "-1s"},
                                   {"resolve_timeout", "0s"},
                                   {"log_level", "loud"},
                                   {"log_format", "xml"},
                                   {"journal_levels", "loud"},
                                   {"tls_certificate", ""},
                                   {"tls_key", "/key"},
                                   {"socket_mode", "rw"},
                                   {"download_dir", ""}});
  EXPECT_THAT(
      MessageOf(config),
      AllOf(HasSubstr("listen[1]"), HasSubstr("metrics_listen"),
            HasSubstr("health_listen"), HasSubstr("max_active_downloads"),
            HasSubstr("max_image_bytes"), HasSubstr("max_ended_age"),
            HasSubstr("max_active_downloads"), HasSubstr("max_image_bytes"),
            HasSubstr("max_ended_age"), HasSubstr("max_orphan_age"),
            HasSubstr("resolve_timeout"), HasSubstr("log_level"),
            HasSubstr("log_format"), HasSubstr("journal_levels"),
            HasSubstr("tls_certificate"), HasSubstr("socket_mode"),
            HasSubstr("download_dir")));
}

TEST(CheckConfigTest, MetricsStayOnThisHost) {
  const SettingTexts open = {{"metrics_listen", "0.0.0.0:9464"}};
  EXPECT_THAT(MessageOf(LayerConfig(v1::Config(), {}, open)),
              HasSubstr("in clear to other hosts"));
  SettingTexts allowed = open;
  allowed["allow_insecure_listen"] = "true";
  EXPECT_TRUE(LayerConfig(v1::Config(), {}, allowed).ok());
  EXPECT_TRUE(
      LayerConfig(v1::Config(), {}, {{"metrics_listen", "127.0.0.1:9464"}})
          .ok());
}

TEST(CheckConfigTest, ConnectionsAreBoundedWithinReason) {
  const auto defaults = LayerConfig(v1::Config(), {}, {});
  ASSERT_TRUE(defaults.ok()) << defaults.status();
  EXPECT_EQ(defaults->max_connections(), 512);
  EXPECT_EQ(defaults->max_calls_per_client(), 2000);
  EXPECT_TRUE(
      LayerConfig(v1::Config(), {},
                  {{"max_connection_idle", "0"}, {"max_connection_age", "1h"}})
          .ok());
  EXPECT_THAT(
      MessageOf(LayerConfig(v1::Config(), {},
                            {{"max_calls_per_client", "0"},
                             {"max_connections", "3"},
                             {"max_streams_per_connection", "-1"},
                             {"max_request_bytes", "2000000000"},
                             {"max_metadata_bytes", "10"},
                             {"keepalive_time", "0"},
                             {"keepalive_timeout", "10ms"},
                             {"max_connection_idle", "999ms"},
                             {"max_connection_age", "-1s"}})),
      AllOf(HasSubstr("max_calls_per_client"), HasSubstr("max_connections"),
            HasSubstr("max_streams_per_connection"),
            HasSubstr("max_request_bytes"), HasSubstr("max_metadata_bytes"),
            HasSubstr("keepalive_time:"), HasSubstr("keepalive_timeout"),
            HasSubstr("max_connection_idle"), HasSubstr("max_connection_age")));
}

TEST(CheckConfigTest, ClearTextStaysOnThisHost) {
  const SettingTexts open = {{"listen", "0.0.0.0:1"}};
  EXPECT_THAT(MessageOf(LayerConfig(v1::Config(), {}, open)),
              HasSubstr("in clear to other hosts"));
  SettingTexts allowed = open;
  allowed["allow_insecure_listen"] = "true";
  EXPECT_TRUE(LayerConfig(v1::Config(), {}, allowed).ok());
  SettingTexts tls = open;
  tls["tls_certificate"] = "/cert";
  tls["tls_key"] = "/key";
  EXPECT_TRUE(LayerConfig(v1::Config(), {}, tls).ok());
  tls["tls_certificate"] = "";  // an empty name is no certificate
  tls["tls_key"] = "";
  EXPECT_THAT(MessageOf(LayerConfig(v1::Config(), {}, tls)),
              HasSubstr("in clear to other hosts"));
}

TEST(CheckConfigTest, CredentialsAreStoredOneWayOrTheOther) {
  EXPECT_EQ(LayerConfig(v1::Config(), {}, {{"state_dir", "/s"}})
                ->credential_key_file(),
            "/s/credentials.key");
  EXPECT_TRUE(
      LayerConfig(v1::Config(), {}, {{"credential_storage", "memory"}}).ok());
  EXPECT_THAT(MessageOf(LayerConfig(v1::Config(), {},
                                    {{"credential_storage", "plain"}})),
              HasSubstr("credential_storage"));
}

TEST(CheckConfigTest, DatastoresAreChecked) {
  v1::Config file;
  file.add_datastores()->set_fqdn("http://store.local");
  v1::Datastore* named = file.add_datastores();
  named->set_name("lab");
  named->set_fqdn("http://store.example.com");
  file.add_datastores()->set_name("lab");
  EXPECT_THAT(MessageOf(LayerConfig(file, {}, {})),
              AllOf(HasSubstr("datastores[0].name: is empty"),
                    HasSubstr("datastores[1]"), HasSubstr("not"),
                    HasSubstr("\"lab\" is there twice")));
}

}  // namespace
}  // namespace localstore::server
