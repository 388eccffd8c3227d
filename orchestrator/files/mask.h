/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hides the passwords in what is shown of a configuration that is no secret as a whole. */
#ifndef ORCHESTRATOR_FILES_MASK_H
#define ORCHESTRATOR_FILES_MASK_H

/*
 * The lines, with "(masked)" for all that follows a word such as auth_pass or password; owned. It
 * knows the words of common configurations, not every one: a file of secrets is marked as secret.
 */
char *mask_passwords(const char *lines);

#endif
