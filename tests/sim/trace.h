/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to a state in words. */
#ifndef TESTS_SIM_TRACE_H
#define TESTS_SIM_TRACE_H

#include "tests/sim/store.h"

/*
 * The shortest way from the beginning, one line for each thing that happened; last, unless NULL,
 * comes after that.
 */
void trace_print(const struct store *store, size_t node_count, uint32_t number,
	const struct store_origin *last);

#endif
