// Memory that held a secret, made to forget it.
#pragma once

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace localstore::fetcher {

// Overwrites the string's memory, spare room included, then empties it.
void WipeSecret(std::string& secret);

// A string that is wiped when it goes. Reserve what it will hold, or build it
// elsewhere: growing leaves the old memory behind unwiped.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  ~Secret() { WipeSecret(text_); }
  Secret(Secret&& other) noexcept : text_(std::move(other.text_)) {
    WipeSecret(other.text_);
  }
  Secret& operator=(Secret&& other) noexcept {
    // Swapping leaves what was here to the other's destructor.
    text_.swap(other.text_);
    return *this;
  }

  std::string& text() { return text_; }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace localstore::fetcher
