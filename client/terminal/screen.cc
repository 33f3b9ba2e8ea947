#include "client/terminal/screen.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/string_view.h"

namespace localstore::client {
namespace {

constexpr size_t kUsualColumns = 80;
constexpr size_t kUsualRows = 24;

absl::string_view Variable(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the variables do not change now.
  const char* value = std::getenv(name);
  return value == nullptr ? absl::string_view() : absl::string_view(value);
}

winsize SizeOf(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) size = winsize{};
  return size;
}

}  // namespace

Screen ScreenFor(std::ostream& stream, int descriptor) {
  const bool terminal = isatty(descriptor) == 1;
  const absl::string_view kind = Variable("TERM");
  const bool dumb = kind.empty() || kind == "dumb";
  Screen screen;
  screen.stream = &stream;
  screen.redraws = terminal && !dumb;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the locale does not change now.
  screen.style.charset = absl::string_view(nl_langinfo(CODESET)) == "UTF-8"
                             ? Charset::kUtf8
                             : Charset::kAscii;
  screen.style.colours = terminal && !dumb && Variable("NO_COLOR").empty();
  screen.columns = [descriptor] {
    const winsize size = SizeOf(descriptor);
    return size.ws_col == 0 ? kUsualColumns : size_t{size.ws_col};
  };
  screen.rows = [descriptor] {
    const winsize size = SizeOf(descriptor);
    return size.ws_row == 0 ? kUsualRows : size_t{size.ws_row};
  };
  return screen;
}

}  // namespace localstore::client
