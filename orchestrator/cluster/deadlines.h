/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The deadlines section, which stands in profiles and, overriding these, in cluster files. */
#ifndef ORCHESTRATOR_CLUSTER_DEADLINES_H
#define ORCHESTRATOR_CLUSTER_DEADLINES_H

#include "orchestrator/cluster/field.h"

/* A fresh section for the options of a file; copied by libconfuse when the file is read. */
cfg_opt_t *deadlines_options(void);
/* What the section says in place of fallback's values, milliseconds. */
struct profile_deadlines deadlines_read(cfg_t *section, const struct profile_deadlines *fallback);

#endif
