#pragma once

/// All of scoria: graphs, ops, gradients, devices and sessions, BERT, its text and data, and training.

#include "scoria/autodiff.h"
#include "scoria/device.h"
#include "scoria/doctor.h"
#include "scoria/dtype.h"
#include "scoria/error.h"
#include "scoria/graph.h"
#include "scoria/log.h"
#include "scoria/model/bert.h"
#include "scoria/ops.h"
#include "scoria/session.h"
#include "scoria/shape.h"
#include "scoria/tensor.h"
