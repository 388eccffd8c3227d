/* SPDX-License-Identifier: GPL-2.0-or-later */
/* librpm's globals: its configuration, and its log, through which it tells what it found. */
#ifndef ORCHESTRATOR_BUNDLE_LIBRPM_H
#define ORCHESTRATOR_BUNDLE_LIBRPM_H

#include <rpm/rpmio.h>
#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/base/text.h"
#include "orchestrator/bundle/package.h"

/* What librpm said between librpm_begin and librpm_end. */
struct librpm_log {
	struct text failed;		  /* the first check that failed */
	struct text errors;		  /* other messages of severity error or worse */
	enum package_signature signature; /* the worst of those that are not wrong */
	char key[64];			  /* id of its key, "" */
};

/* Keeps librpm's messages from standard error and reads them. One log at a time. */
void librpm_begin(struct librpm_log *log);
/* Clears the log, too. */
void librpm_end(struct librpm_log *log);
static inline void cleanup_librpm_log(struct librpm_log *log)
{
	librpm_end(log);
}
/* Why a package is damaged; borrowed from the log. */
const char *librpm_reason(const struct librpm_log *log);

/* Reads librpm's configuration, once per process. Between librpm_begin and _end. */
int librpm_configure(const struct librpm_log *log, struct error *err);
/* Whether the folder holds an rpm database; NULL: this machine's folder. */
bool librpm_has_database(const char *folder);

static inline void cleanup_fd(FD_t *fd)
{
	if (*fd)
		Fclose(*fd);
}

#endif
