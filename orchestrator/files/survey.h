/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies on a node: its files, transactions and services, as look.sh prints them. */
#ifndef ORCHESTRATOR_FILES_SURVEY_H
#define ORCHESTRATOR_FILES_SURVEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum { SURVEY_ITEMS_MAX = 1024 };

enum survey_kind {
	SURVEY_FILE,
	SURVEY_ABSENT,
	SURVEY_SYMLINK,
	SURVEY_FOLDERLESS, /* neither it nor its folder */
	SURVEY_OTHER,	   /* a folder, a device, ... */
};

struct survey_file {
	enum survey_kind kind;
	char *link; /* SURVEY_SYMLINK: where it points; else NULL */
	/* Only for SURVEY_FILE; else "" and 0. */
	char mode[8];		  /* octal, no leading 0 */
	char user[16], group[16]; /* numbers */
	char user_name[64], group_name[64];
	uint64_t changed_s; /* when it came here, by the node's clock */
	char sha256[65];
};

enum survey_state {
	SURVEY_BEGUN, /* no state yet, or one that nobody knows */
	SURVEY_STAGED,
	SURVEY_COMMITTING,
	SURVEY_COMMITTED,
	SURVEY_SETTLED,
	SURVEY_REVERTED,
};

struct survey_transaction {
	char *name;
	enum survey_state state;
};

struct survey_service {
	char *name;
	char *enabled;	  /* "enabled", "disabled", or what else systemctl is-enabled says */
	uint64_t since_s; /* runs since, by the node's clock; 0: does not, or nobody knows */
};

/* Plain data, pointers owned; start as {0}, release with survey_clear. */
struct survey {
	uint64_t now_s;
	struct survey_file *files; /* in the order they were asked for */
	size_t file_count;
	struct survey_transaction *transactions;
	size_t transaction_count;
	struct survey_service *services;
	size_t service_count;
};

/*
 * Reads what look.sh printed when it was asked for so many files and services. Pure; -EPROTO
 * with the reason, *survey untouched then.
 */
int survey_parse(const char *output, size_t length, size_t file_count, size_t service_count,
	struct survey *survey, struct error *err);
void survey_clear(struct survey *survey);
static inline void cleanup_survey(struct survey *survey)
{
	survey_clear(survey);
}

/* Does it start at boot, as far as is-enabled and its like can tell? */
bool survey_is_enabled(const struct survey_service *service);
/* The transaction's state on this node; SURVEY_REVERTED when it is not there. */
enum survey_state survey_state_of(const struct survey *survey, const char *transaction);

#endif
