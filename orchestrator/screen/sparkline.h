/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The probe's last seconds in one sign each. Pure. */
#ifndef ORCHESTRATOR_SCREEN_SPARKLINE_H
#define ORCHESTRATOR_SCREEN_SPARKLINE_H

#include "orchestrator/screen/line.h"
#include "orchestrator/screen/model.h"

/*
 * The newest seconds, as many as the line has room for: the higher the longer the slowest answer
 * took (each step twice as long, from 1 ms to 128 ms and more), a cross where a request failed, a
 * blank where nothing was answered.
 */
void sparkline_put(struct line *line, const struct model_second *seconds, size_t count);

#endif
