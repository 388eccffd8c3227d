/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The condition a node is in, asked for in one round trip: clock, space, package manager, boot. */
#ifndef ORCHESTRATOR_NODE_CONDITION_H
#define ORCHESTRATOR_NODE_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/cluster/cluster.h"

enum { CONDITION_ITEMS_MAX = 1024, CONDITION_WORDS_MAX = 512 };

enum condition_place {
	CONDITION_PUT,	    /* where the packages are put */
	CONDITION_SYSTEM,   /* /usr, where they are installed */
	CONDITION_BOOT,	    /* /boot */
	CONDITION_DATABASE, /* the package database's folder */
	CONDITION_PLACE_COUNT,
};

/* A file system as df -P tells it. */
struct condition_space {
	bool is_known;
	bool is_writable;
	uint64_t free_kib;
	uint64_t inodes; /* 0: it does not count them */
	uint64_t inodes_free;
	char mount[256];
};

/* Lines of which there can be any number. */
enum condition_kind {
	CONDITION_LOCK,	     /* "FILE PID COMMAND": a held lock of a package manager */
	CONDITION_PROCESS,   /* "PID COMMAND": a package manager */
	CONDITION_LEFTOVER,  /* "PATH": what an interrupted transaction leaves */
	CONDITION_AUDIT,     /* a line of dpkg --audit */
	CONDITION_JOB,	     /* "NAME PID": an installation of ours that is running */
	CONDITION_FAILED,    /* "UNIT ...": a failed unit */
	CONDITION_UNIT,	     /* "NAME STATE": whether a service starts at boot, as is-enabled */
	CONDITION_ROUTE,     /* "ADDRESS WORDS": what `ip route get` says */
	CONDITION_KERNEL,    /* "VERSION SIZE SIZE": a kernel and its initial file system, bytes */
	CONDITION_REBOOT,    /* why a reboot is due */
	CONDITION_SCHEDULED, /* "reboot ...": what is scheduled */
	CONDITION_KIND_COUNT,
};

struct condition_item {
	enum condition_kind kind;
	char *words;
};

/* Plain data, strings owned; start as {0}, release with condition_clear. */
struct condition {
	bool is_known;
	uint64_t now_us; /* the node's wall clock */
	/* This machine's wall clock before the question and after the answer; the caller's. */
	uint64_t asked_us, answered_us;
	struct condition_space spaces[CONDITION_PLACE_COUNT];
	uint64_t database_kib;
	char *system; /* "running", "degraded", ...; NULL: no systemd */
	struct condition_item *items;
	size_t item_count;
	char (*digests)[65]; /* of the cluster's files, in their order; "" for one not there */
	size_t digest_count;
};

/* The command line that makes a node say it; folder: where packages are put. Owned. */
int condition_command(
	const struct cluster *cluster, const char *folder, char **line, struct error *err);

/*
 * Reads what the command printed; file_count: of the cluster's files. Pure; -EPROTO with the
 * reason when it is not whole, *condition is untouched then.
 */
int condition_parse(const char *output, size_t length, size_t file_count,
	struct condition *condition, struct error *err);

void condition_clear(struct condition *condition);
static inline void cleanup_condition(struct condition *condition)
{
	condition_clear(condition);
}

size_t condition_count(const struct condition *condition, enum condition_kind kind);
/* The index-th of that kind, or NULL. Borrowed. */
const char *condition_words(
	const struct condition *condition, enum condition_kind kind, size_t index);
/* Up to limit of that kind joined by ", ", and "and N more"; owned. */
char *condition_list(const struct condition *condition, enum condition_kind kind, size_t limit);

#endif
