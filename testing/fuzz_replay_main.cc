// Stands in for libFuzzer outside --config=fuzz: runs each file named.
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream f(argv[i], std::ios::binary);
    std::string s((std::istreambuf_iterator<char>(f)),
                  std::istreambuf_iterator<char>());
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(s.data()),
                           s.size());
  }
  std::printf("%d inputs\n", argc - 1);
}
