/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's report as HTML, as text, as JSON. */
#ifndef ORCHESTRATOR_REPORT_PAGE_H
#define ORCHESTRATOR_REPORT_PAGE_H

#include <jansson.h>

#include "lib/base/text.h"
#include "orchestrator/report/model.h"

/*
 * One HTML5 document that needs nothing else: no script, no request, for screen (light and dark)
 * and paper. made_us: now, by the wall clock; made_by: "haupgrade 1.2". Each appends to out.
 */
void page_html(
	struct text *out, const struct report *report, uint64_t made_us, const char *made_by);
void page_text(struct text *out, const struct report *report);
/* One object; owned. */
json_t *page_json(const struct report *report);

/* The <style> element; constant. */
const char *page_style(void);
/* The sections of the page that are tables. For this room. */
void page_tables(struct text *out, const struct report *report);

#endif
