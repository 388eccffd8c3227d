/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and checks a Debian package (deb(5)) through libarchive. */
#include "orchestrator/bundle/deb.h"

#include <errno.h>

int deb_read(int descriptor, const char *path, const struct text *head, struct package *package,
	struct error *err)
{
	(void)descriptor, (void)head, (void)package;
	return error_set(err, EBADMSG, "%s: Debian packages cannot be read yet", path);
}
