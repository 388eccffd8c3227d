/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words in a note. */
#include "orchestrator/journal/note.h"

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

json_t *note_string(const char *words)
{
	json_t *text = json_string(words);
	CLEANUP(cleanup_free) char *printable = text ? NULL : text_printable_copy(words);

	return text ? text : json_string(printable);
}
