/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash of a journal's row out of the hash before it and the row's fields. For this room. */
#ifndef ORCHESTRATOR_JOURNAL_CHAIN_H
#define ORCHESTRATOR_JOURNAL_CHAIN_H

#include <sqlite3.h>

/*
 * Gives the connection the SQL function chain(before, field, ...): SHA-256 in hexadecimal digits
 * over all of its arguments. Each goes in with its type and length, so that no two rows have the
 * same bytes. What is hashed is thereby what is stored, at the writing and at the checking.
 */
int chain_define(sqlite3 *connection);

#endif
