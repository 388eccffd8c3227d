/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --waive: which checks the operator has taken upon himself for one run. */
#include "orchestrator/check/waiver.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

static char *list_waivable(void)
{
	struct text text = {0};

	for (unsigned int kind = 0; kind < CHECK_KIND_COUNT; kind++)
		if (!check_firm(kind))
			text_appendf(&text, "%s%s", text.length ? ", " : "", check_name(kind));
	return text_take(&text);
}

int waiver_take(struct waivers *waivers, const char *words, struct error *err)
{
	CLEANUP(cleanup_free)
	char *name = text_format("%.*s", (int)strcspn(words, "="), words);
	CLEANUP(cleanup_free) char *list = NULL;
	const char *reason = strchr(words, '=');
	enum check_kind kind = check_find(name);

	if (kind == CHECK_KIND_COUNT) {
		list = list_waivable();
		return error_set(err, EINVAL,
			"--waive: no check is called \"%.64s\"; those that can be waived are: %s",
			name, list);
	}
	if (!reason || !reason[1 + strspn(reason + 1, " \t")])
		return error_set(err, EINVAL,
			"--waive %s: say why, for the journal: --waive '%s=REASON'", name, name);
	if (check_firm(kind))
		return error_set(
			err, EINVAL, "--waive: %s cannot be waived: %s", name, check_firm(kind));
	for (size_t i = 0; i < waivers->count; i++)
		if (waivers->items[i].kind == kind)
			return error_set(err, EINVAL, "--waive: %s is waived twice", name);
	waivers->items[waivers->count++] = (struct waiver){kind, reason + 1};
	return 0;
}

static const char *reason_for(const struct waivers *waivers, enum check_kind kind)
{
	for (size_t i = 0; waivers && i < waivers->count; i++)
		if (waivers->items[i].kind == kind)
			return waivers->items[i].reason;
	return NULL;
}

void waiver_apply(struct checks *checks, const struct waivers *waivers)
{
	for (size_t i = 0; i < checks->count; i++) {
		struct check *check = &checks->items[i];
		const char *reason = reason_for(waivers, check->kind);

		if (check->outcome == CHECK_FAIL && reason && !check->waived)
			check->waived = text_copy(reason);
	}
}
