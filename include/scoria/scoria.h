#pragma once

/// All of scoria: graphs, ops, gradients, devices and sessions, BERT, its text and data, and training.

#include "scoria/autodiff.h"
#include "scoria/data/corpus.h"
#include "scoria/data/pretraining.h"
#include "scoria/data/token_store.h"
#include "scoria/device.h"
#include "scoria/doctor.h"
#include "scoria/dtype.h"
#include "scoria/error.h"
#include "scoria/graph.h"
#include "scoria/io/safetensors.h"
#include "scoria/log.h"
#include "scoria/model/bert.h"
#include "scoria/model/parameters.h"
#include "scoria/ops.h"
#include "scoria/session.h"
#include "scoria/shape.h"
#include "scoria/tensor.h"
#include "scoria/text/vocabulary.h"
#include "scoria/text/wordpiece.h"
#include "scoria/train/trainer.h"
