/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run says, in the few forms that it says most. */
#include "orchestrator/run/teller.h"

#include <stdarg.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

void teller_say(struct teller *teller, const char *format, ...)
{
	CLEANUP(cleanup_free) char *words = NULL;
	va_list arguments;

	va_start(arguments, format);
	words = text_format_list(format, arguments);
	va_end(arguments);
	teller->tell(teller, &(struct told){.kind = TOLD_WORDS, .words = words});
}

void teller_complain(struct teller *teller, const char *words)
{
	teller->tell(teller, &(struct told){.kind = TOLD_TROUBLE, .words = words});
}

enum outcome teller_fail(struct teller *teller, const struct error *err, enum outcome outcome)
{
	teller_complain(teller, error_text(err));
	return outcome;
}

void teller_idle(struct teller *teller, int64_t run_id, const char *reason)
{
	teller->tell(teller,
		&(struct told){.kind = TOLD_IDLE, .idle = {.run_id = run_id, .reason = reason}});
}
