/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of an ar archive. */
#include "orchestrator/bundle/ar.h"

#include <errno.h>
#include <string.h>

/* ar(5): name 16, mtime 12, uid 6, gid 6, mode 8, size 10, "`\n" */
enum { NAME_SIZE = 16, SIZE = 48, SIZE_SIZE = 10, END = 58 };

int ar_parse(const char *header, struct ar_member *member)
{
	struct ar_member found = {0};
	size_t length = NAME_SIZE, i;

	if (memcmp(header + END, "`\n", 2) != 0)
		return -EBADMSG;
	for (i = SIZE; i < END && header[i] >= '0' && header[i] <= '9'; i++)
		found.size = found.size * 10 + (uint64_t)(header[i] - '0');
	if (i == SIZE)
		return -EBADMSG;
	for (; i < END; i++)
		if (header[i] != ' ')
			return -EBADMSG;
	memcpy(found.name, header, NAME_SIZE);
	while (length && found.name[length - 1] == ' ')
		length--;
	if (length && found.name[length - 1] == '/')
		length--;
	found.name[length] = '\0';
	if (!length || strlen(found.name) != length)
		return -EBADMSG;
	*member = found;
	return 0;
}
