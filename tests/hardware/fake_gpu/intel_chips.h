// Intel GPUs as i915 and xe describe them to a driver: which they are, and of how many parts.
#pragma once

#include "fake_gpu.h"

struct intel_chip {
  unsigned device, revision;
  unsigned slices, subslices, eus;  // subslices of a slice, EUs of a subslice
  bool wide_eus;                    // of 16 lanes: from Xe2 on
  bool discrete;
  unsigned version, release;        // of the graphics IP: 12.55 is DG2
};

// The chip that was chosen.
extern const struct intel_chip* intel_chip;

bool choose_intel_chip(const char* model, struct pci_id* id);
