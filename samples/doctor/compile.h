#pragma once

#include <nlohmann/json.hpp>

#include "scoria/device.h"

/// Compiles every pipeline that the planner plans for the device, of the self-test's graphs and of BERT tiny and base
/// (training, its passes and update, evaluation; batches of 8 and 64 of 128 tokens, 8 of 512), and tells what the
/// driver's compiler tells of each. Nothing runs. Prints a table unless json. Throws Error (Device) where a shader is
/// refused. Returns the number of pipelines that spill registers to memory.
int compile_all(const scoria::Device& device, nlohmann::ordered_json& report, bool json);
