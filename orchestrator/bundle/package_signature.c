/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A package's own signature, checked by librpm. */
#include "orchestrator/bundle/package_signature.h"

#include <errno.h>
#include <rpm/rpmcli.h>
#include <rpm/rpmio.h>
#include <rpm/rpmts.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/librpm.h"
#include "orchestrator/bundle/stream.h"

const char *package_signature_name(enum package_signature signature)
{
	switch (signature) {
	case PACKAGE_SIGNATURE_NONE:
		return "none";
	case PACKAGE_SIGNATURE_OK:
		return "ok";
	case PACKAGE_SIGNATURE_UNKNOWN_KEY:
		return "unknown key";
	case PACKAGE_SIGNATURE_NOT_TRUSTED:
		return "key not trusted";
	}
	return "none";
}

static int verify(
	rpmts ts, int descriptor, const char *path, const struct librpm_log *log, struct error *err)
{
	CLEANUP(cleanup_fd) FD_t fd = fdDup(descriptor);
	struct rpmQVKArguments_s query = {0};

	if (!fd)
		return error_system(err, errno, "%s: cannot read", path);
	if (rpmVerifySignatures(&query, ts, fd, path) != 0 &&
		(log->failed.length || log->signature <= PACKAGE_SIGNATURE_OK))
		return error_set(err, EBADMSG, "%s: damaged: %s", path, librpm_reason(log));
	return 0;
}

int package_signature_check(rpmts ts, const struct package_signature_file *file,
	const struct librpm_log *log, struct error *err)
{
	int output = -1, result, failure;
	struct stream *stream = stream_start(file->head, file->descriptor, &output);

	if (!stream)
		return error_system(err, errno, "%s: cannot make a pipe", file->path);
	result = verify(ts, output, file->path, log, err);
	close(output);
	failure = stream_join(stream);
	if (failure < 0)
		return error_system(err, -failure, "%s: cannot read", file->path);
	return result;
}
