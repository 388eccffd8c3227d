/* SPDX-License-Identifier: GPL-2.0-or-later */
/* librpm's globals: its configuration, and its log. */
#include "orchestrator/bundle/librpm.h"

#include <errno.h>
#include <pthread.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/librpm_words.h"

/* librpm reads its configuration into globals of its own, once; so is this what comes of it. */
static pthread_once_t configured = PTHREAD_ONCE_INIT;
static int configure_result;

static void configure(void)
{
	configure_result = rpmReadConfigFiles(NULL, NULL);
}

int librpm_configure(const struct librpm_log *log, struct error *err)
{
	pthread_once(&configured, configure);
	if (configure_result == 0)
		return 0;
	return error_set(err, EIO,
		"librpm cannot read its configuration (rpm --showrc shows why): %s",
		librpm_reason(log));
}

bool librpm_has_database(const char *folder)
{
	static const char *const names[] = {"rpmdb.sqlite", "Packages", "Packages.db"};
	CLEANUP(cleanup_free)
	char *where = folder ? text_copy(folder) : rpmExpand("%{?_dbpath}", NULL);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(cleanup_free) char *path = text_format("%s/%s", where, names[i]);

		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

/* The worst of several signatures counts. */
static void record_signature(struct librpm_log *log, const char *line)
{
	const char *key = "";
	size_t length = 0;
	enum package_signature signature = librpm_words_signature(line, &key, &length);

	if (signature <= log->signature || length >= sizeof(log->key))
		return;
	log->signature = signature;
	memcpy(log->key, key, length);
	log->key[length] = '\0';
}

/* Of the two digests of a payload only the first is told: the other's message compares with the
 * wrong one. */
static void record_failure(struct librpm_log *log, const char *line)
{
	if (log->failed.length &&
		librpm_words_read(text_string(&log->failed)) != LIBRPM_WORDS_FAILED_ALT)
		return;
	text_clear(&log->failed);
	text_append(&log->failed, line);
}

static int record(rpmlogRec message, rpmlogCallbackData data)
{
	struct librpm_log *log = data;
	CLEANUP(cleanup_free) char *copy = text_copy(rpmlogRecMessage(message));
	char *line = text_trim(copy), *rest = strstr(line, ": ");

	/* Our own message names the file already. */
	if (*line == '/' && rest)
		line = rest + 2;
	record_signature(log, line);
	if (librpm_words_read(line) != LIBRPM_WORDS_OTHER)
		record_failure(log, line);
	else if (rpmlogRecPriority(message) <= RPMLOG_ERR)
		text_appendf(&log->errors, "%s%s", log->errors.length ? "; " : "", line);
	return 0;
}

void librpm_begin(struct librpm_log *log)
{
	*log = (struct librpm_log){0};
	rpmlogSetCallback(record, log);
	/* At this level librpm names each check and its result. */
	rpmSetVerbosity(RPMLOG_INFO);
}

void librpm_end(struct librpm_log *log)
{
	rpmlogSetCallback(NULL, NULL);
	rpmSetVerbosity(RPMLOG_NOTICE);
	/* librpm keeps every warning for ever otherwise. */
	rpmlogClose();
	text_clear(&log->failed);
	text_clear(&log->errors);
}

const char *librpm_reason(const struct librpm_log *log)
{
	if (log->failed.length)
		return text_string(&log->failed);
	if (log->errors.length)
		return text_string(&log->errors);
	return "it is cut off or its structure is damaged";
}
