#include "server/config/config_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <set>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/json_util.h"
#include "protos/errors/error.h"
#include "server/config/setting.h"

namespace localstore::server {
namespace {

absl::Status Wrong(absl::string_view name, absl::string_view place,
                   absl::string_view what) {
  return MakeBadRequest({{"config", absl::StrCat(name, place, ": ", what)}});
}

absl::Status CannotRead(const std::string& path, int error) {
  return Wrong(
      path, "",
      absl::StrCat("cannot be read: ", std::generic_category().message(error)));
}

std::string LineAndColumn(absl::string_view text, size_t offset) {
  const absl::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n');
  const size_t column =
      start == absl::string_view::npos ? offset + 1 : offset - start;
  return absl::StrCat(":", line, ":", column);
}

void AddKeys(const google::protobuf::Descriptor& message,
             std::set<std::string>& keys) {
  for (int i = 0; i < message.field_count(); ++i) {
    const auto* field = message.field(i);
    const bool fresh = keys.insert(field->name()).second;
    if (fresh && field->message_type() != nullptr) {
      AddKeys(*field->message_type(), keys);
    }
  }
}

std::string UnknownKey(absl::string_view key) {
  std::set<std::string> known;
  AddKeys(*v1::Config::descriptor(), known);
  const std::string nearest =
      Nearest(key, std::vector<std::string>(known.begin(), known.end()));
  return absl::StrCat(
      "\"", key, "\" is no setting",
      nearest.empty() ? "" : absl::StrCat("; is \"", nearest, "\" meant?"));
}

// What a parser says may quote a value, and that may be a secret.
std::string WithoutValues(absl::string_view message) {
  for (const absl::string_view before_value : {", got: ", "invalid value"}) {
    const size_t found = message.find(before_value);
    if (found != absl::string_view::npos) message = message.substr(0, found);
  }
  message = absl::StripAsciiWhitespace(message);
  return message.empty() || message.back() == ':' ? "has a wrong value"
                                                  : std::string(message);
}

// Remembers the first thing that is wrong.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (seen_) return;
    seen_ = true;
    // Counted from 0; -1 when it is of no line.
    if (line >= 0) place_ = absl::StrCat(":", line + 1, ":", column + 1);
    message_ = message;
  }

  absl::Status ToStatus(absl::string_view name) const {
    constexpr absl::string_view kNoField = "has no field named \"";
    const size_t found = message_.find(std::string(kNoField));
    if (found == std::string::npos) {
      return Wrong(name, place_, WithoutValues(message_));
    }
    const absl::string_view rest =
        absl::string_view(message_).substr(found + kNoField.size());
    return Wrong(name, place_, UnknownKey(rest.substr(0, rest.find('"'))));
  }

 private:
  bool seen_ = false;
  std::string place_;
  std::string message_;
};

absl::StatusOr<v1::Config> ParseText(absl::string_view text,
                                     absl::string_view name) {
  v1::Config config;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(std::string(text), &config)) {
    return error.ToStatus(name);
  }
  return config;
}

// The parser names the key but does not say where that is.
std::string PlaceOfKey(absl::string_view text, absl::string_view key) {
  const size_t at = text.find(absl::StrCat("\"", key, "\""));
  return at == absl::string_view::npos ? "" : LineAndColumn(text, at);
}

// "(datastores[0]) fqdnn"
absl::Status JsonKeyError(absl::string_view text, absl::string_view name,
                          absl::string_view path) {
  const absl::string_view key = path.substr(path.rfind(' ') + 1);
  return Wrong(name, PlaceOfKey(text, key), UnknownKey(key));
}

// "(datastores[0].fqdn): invalid value ..."
absl::Status JsonValueError(absl::string_view text, absl::string_view name,
                            absl::string_view path, absl::string_view what) {
  absl::string_view key = path.substr(path.rfind('.') + 1);
  key = key.substr(0, key.find('['));
  return Wrong(name, PlaceOfKey(text, key),
               absl::StrCat(path, ": ", WithoutValues(what)));
}

// The message, a piece of the text, and a line that points into that.
absl::Status JsonSyntaxError(absl::string_view text, absl::string_view name,
                             absl::string_view message) {
  const size_t piece = message.find('\n');
  const size_t pointer = message.rfind('\n');
  std::string place;
  if (piece != absl::string_view::npos && pointer > piece) {
    const size_t at = text.find(message.substr(piece + 1, pointer - piece - 1));
    const size_t offset = message.size() - pointer - 2;
    if (at != absl::string_view::npos) {
      place = LineAndColumn(text, std::min(at + offset, text.size()));
    }
  }
  return Wrong(name, place, WithoutValues(message.substr(0, piece)));
}

absl::StatusOr<v1::Config> ParseJson(absl::string_view text,
                                     absl::string_view name) {
  v1::Config config;
  const auto status = google::protobuf::util::JsonStringToMessage(
      std::string(text), &config, google::protobuf::util::JsonParseOptions());
  if (status.ok()) return config;
  const std::string message(status.message().data(), status.message().size());
  absl::string_view rest = message;
  if (absl::ConsumeSuffix(&rest, ": Cannot find field.")) {
    return JsonKeyError(text, name, rest);
  }
  const size_t close = rest.find("): ");
  if (absl::StartsWith(rest, "(") && close != absl::string_view::npos) {
    return JsonValueError(text, name, rest.substr(1, close - 1),
                          rest.substr(close + 3));
  }
  return JsonSyntaxError(text, name, message);
}

}  // namespace

absl::StatusOr<v1::Config> ParseConfig(absl::string_view text,
                                       absl::string_view name) {
  return absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "{")
             ? ParseJson(text, name)
             : ParseText(text, name);
}

absl::StatusOr<v1::Config> ReadConfigFile(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return CannotRead(path, errno);
  const absl::Cleanup close = [file] { (void)std::fclose(file); };
  std::string text;
  std::array<char, 4096> block;
  size_t count = 0;
  while ((count = std::fread(block.data(), 1, block.size(), file)) > 0) {
    text.append(block.data(), count);
  }
  if (std::ferror(file) != 0) return CannotRead(path, errno);
  return ParseConfig(text, path);
}

}  // namespace localstore::server
