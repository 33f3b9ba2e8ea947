#include "server/metrics/catalog.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/check_names.h"

namespace localstore::server {
namespace {

using ::testing::HasSubstr;

std::string Readme() {
  std::ifstream file("server/metrics/README.md");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(MetricCatalogTest, IsTheTableInReadme) {
  const std::string readme = Readme();
  EXPECT_THAT(readme, HasSubstr("\n" + FormatMetricTable()))
      << "put the output of bazel run //server/metrics:print_table there";
  // No row beyond those.
  EXPECT_EQ(std::count(readme.begin(), readme.end(), '|'),
            5 * static_cast<std::ptrdiff_t>(MetricCatalog().size() + 2));
}

TEST(MetricCatalogTest, IsSortedAndHasEachNameOnce) {
  std::set<std::string> names;
  std::string last;
  for (const MetricInfo& metric : MetricCatalog()) {
    EXPECT_LT(last, metric.name);
    last = metric.name;
  }
}

TEST(MetricCatalogTest, NamesFollowTheConventions) {
  for (const MetricInfo& metric : MetricCatalog()) {
    EXPECT_TRUE(prometheus::CheckMetricName(metric.name)) << metric.name;
    EXPECT_EQ(absl::EndsWith(metric.name, "_total"),
              metric.type == prometheus::MetricType::Counter)
        << metric.name;
    EXPECT_TRUE(absl::EndsWith(metric.meaning, ".")) << metric.name;
  }
}

TEST(MetricCatalogTest, SamplesCarryTheLabels) {
  auto family = MakeFamily("localstore_downloads_ended_total");
  AddSample(3, {"failed", "STALLED"}, family);
  ASSERT_EQ(family.metric.size(), 1u);
  EXPECT_EQ(family.metric[0].counter.value, 3);
  EXPECT_EQ(family.metric[0].label[0].name, "outcome");
  EXPECT_EQ(family.metric[0].label[0].value, "failed");
  EXPECT_EQ(family.metric[0].label[1].name, "reason");
}

}  // namespace
}  // namespace localstore::server
