// For tests and benchmarks: messages made to cost their reader time or memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace localstore::resolver::dns {

// Each record's name points at the name of the record before it.
std::vector<uint8_t> ChainOfRecordNames(size_t bytes);

// One record whose data is a run of pointers, each to the one before, and
// records behind it whose names point at the end of that run.
std::vector<uint8_t> ChainInsideRdata(size_t bytes);

// Each record's name is one more label and a pointer to the name before it.
std::vector<uint8_t> ChainOfGrowingNames(size_t bytes);

// PTR records whose name and target both point at one name of 255 bytes.
std::vector<uint8_t> PointersToALongName(size_t bytes);

// Questions of a root name: as many as fit.
std::vector<uint8_t> ManyQuestions(size_t bytes);

}  // namespace localstore::resolver::dns
