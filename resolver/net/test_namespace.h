// A network of a test's own.
#pragma once

#include <string>

namespace localstore::resolver {

// Call first thing in main(): runs this program again as root of its own user,
// network, mount and process namespaces (by testing/lab/lab.sh, as seen from
// the working directory), with lo up and room for `ip netns`, and returns
// within that. Ends the program with status 1 and a reason when it cannot. What
// the test has started ends with it.
void EnterTestNamespace(char** argv);

// Runs a shell command; a failure of it fails the test, output included.
void Shell(const std::string& command);

// What a shell command printed.
std::string OutputOf(const std::string& command);

// A UDP socket made within the namespace of `ip netns add name`; -1 on error,
// which fails the test. `family` is AF_INET or AF_INET6.
int OpenUdpSocketIn(const std::string& name, int family);

// How many descriptors this process has open.
int CountOpenFds();

}  // namespace localstore::resolver
