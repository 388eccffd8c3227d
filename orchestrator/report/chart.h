/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timeline of a run as SVG: steps and roles of each node, the probe on the same time axis. */
#ifndef ORCHESTRATOR_REPORT_CHART_H
#define ORCHESTRATOR_REPORT_CHART_H

#include "orchestrator/report/model.h"

struct text;

/*
 * Appends one <svg> element, whose colours are those of page_style. Nothing is told by colour
 * alone: every kind of step has a pattern, every role its name or letter.
 */
void chart_draw(struct text *out, const struct report *report);

#endif
