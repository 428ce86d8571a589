// The settings of a node's file, declared once. Only for the files of this folder.
#pragma once

#include "common/config/setting.h"

namespace noroshi::config {

// Bound to `config`, which must outlive the table.
Table NodeTable(NodeConfig& config);

}  // namespace noroshi::config
