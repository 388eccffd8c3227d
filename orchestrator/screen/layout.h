/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a run looks on a terminal: nodes as branches, their steps as leaves, the probe's line. Pure:
 * model, size and style in, lines out.
 */
#ifndef ORCHESTRATOR_SCREEN_LAYOUT_H
#define ORCHESTRATOR_SCREEN_LAYOUT_H

#include "orchestrator/screen/line.h"
#include "orchestrator/screen/model.h"

/* Lines of no tree ever. */
#define LAYOUT_HEIGHT_ANY 10000

/* Start as {0}; release with layout_clear. */
struct layout {
	char **lines; /* owned, without new lines */
	size_t count;
};

/*
 * At most height lines (1 at least) of at most width columns. When there are too many, what is done
 * and what is still to do is put together node by node, then only what is around the step under
 * way is shown; title and probe stay as long as there are 4 lines.
 */
void layout_make(const struct model *model, size_t width, size_t height,
	const struct screen_style *style, struct layout *layout);
void layout_clear(struct layout *layout);
static inline void cleanup_layout(struct layout *layout)
{
	layout_clear(layout);
}

/* "0.61 s", "12.3 s", "2:05", "1:02:05". Returns buffer. */
const char *layout_time(char *buffer, size_t size, uint64_t ms);

#endif
