/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the operator at the terminal: "Proceed? [y/N]", and the answer to any such question. */
#ifndef ORCHESTRATOR_COMMAND_CONFIRM_H
#define ORCHESTRATOR_COMMAND_CONFIRM_H

#include <stdbool.h>

#include "orchestrator/command/command.h"

/* Is somebody there to be asked? If not, that is complained of, with --yes as the way on. */
bool confirm_is_possible(const struct settings *settings);

/*
 * Asks whether the nodes may be changed; nothing changes without this answer or --yes.
 * OUTCOME_DONE: yes; OUTCOME_NO: anything else, or interrupted, and that is complained of.
 */
enum outcome confirm_proceed(const struct settings *settings);

/*
 * Waits for the answer to a question that stands on the screen. 1: it begins with y or Y; 0: it
 * does not; -EINTR: interrupted; -ECANCELED: given_up(data), which is asked all along, was true.
 * given_up: NULL for never.
 */
int confirm_answer(const struct settings *settings, bool (*given_up)(void *data), void *data);

#endif
