/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The deadlines section, which stands in profiles and, overriding these, in cluster files. */
#include "orchestrator/cluster/deadlines.h"

cfg_opt_t *deadlines_options(void)
{
	static cfg_opt_t options[] = {
		CFG_STR_CB("upload", NULL, CFGF_NONE, field_check_duration),
		CFG_STR_CB("stop", NULL, CFGF_NONE, field_check_duration),
		CFG_STR_CB("install", NULL, CFGF_NONE, field_check_duration),
		CFG_STR_CB("down", NULL, CFGF_NONE, field_check_duration),
		CFG_STR_CB("up", NULL, CFGF_NONE, field_check_duration),
		CFG_STR_CB("services", NULL, CFGF_NONE, field_check_duration),
		CFG_STR_CB("role", NULL, CFGF_NONE, field_check_duration),
		CFG_STR_CB("failover", NULL, CFGF_NONE, field_check_duration),
		CFG_END(),
	};

	return options;
}

struct profile_deadlines deadlines_read(cfg_t *section, const struct profile_deadlines *fallback)
{
	return (struct profile_deadlines){
		.upload = field_duration(section, "upload", fallback->upload),
		.stop = field_duration(section, "stop", fallback->stop),
		.install = field_duration(section, "install", fallback->install),
		.down = field_duration(section, "down", fallback->down),
		.up = field_duration(section, "up", fallback->up),
		.services = field_duration(section, "services", fallback->services),
		.role = field_duration(section, "role", fallback->role),
		.failover = field_duration(section, "failover", fallback->failover),
	};
}
