#include "intel_chips.h"

#include <stdlib.h>

static const struct intel_chip chips[] = {
    {0x5917, 0x07, 1, 3, 8, false, false, 9, 0},    // Kaby Lake GT2, UHD 620
    {0x3e92, 0x00, 1, 3, 8, false, false, 9, 0},    // Coffee Lake GT2, UHD 630
    {0x8a52, 0x07, 1, 8, 8, false, false, 11, 0},   // Ice Lake GT2
    {0x9a49, 0x01, 1, 6, 16, false, false, 12, 0},  // Tiger Lake GT2
    {0x46a6, 0x0c, 1, 6, 16, false, false, 12, 0},  // Alder Lake-P GT2
    {0x56a0, 0x08, 8, 4, 16, false, true, 12, 55},  // DG2, Arc A770
    {0x7d55, 0x08, 2, 4, 16, false, false, 12, 71}, // Meteor Lake
    {0x7d51, 0x08, 2, 4, 16, false, false, 12, 74}, // Arrow Lake-H
    {0x64a0, 0x04, 2, 4, 8, true, false, 20, 4},    // Lunar Lake
    {0xe20b, 0x00, 5, 4, 8, true, true, 20, 1},     // Battlemage G21, Arc B580
    {0xb080, 0x00, 3, 4, 8, true, false, 30, 0},    // Panther Lake
    {0xfd80, 0x00, 1, 2, 8, true, false, 30, 3},    // Wildcat Lake
    {0xd740, 0x00, 1, 2, 8, true, false, 35, 10},   // Nova Lake
};

const struct intel_chip* intel_chip;

bool choose_intel_chip(const char* model, struct pci_id* id) {
  const unsigned long device = strtoul(model, NULL, 16);
  for (unsigned i = 0; i < sizeof chips / sizeof *chips; ++i) {
    if (chips[i].device == device) intel_chip = &chips[i];
  }
  if (intel_chip == NULL) return false;
  *id = (struct pci_id){0x8086, intel_chip->device, intel_chip->revision};
  return true;
}
