/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an RPM file is and whether it is whole, through librpm. */
#include "orchestrator/bundle/package.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <rpm/header.h>
#include <rpm/rpmcli.h>
#include <rpm/rpmio.h>
#include <rpm/rpmkeyring.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmlog.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmts.h>
#include <rpm/rpmver.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* librpm reads its configuration into globals of its own, once; so is this what comes of it. */
static pthread_once_t configured = PTHREAD_ONCE_INIT;
static int configure_result;
static bool has_keyring;

/* Whether there is an rpm database, where rpm keeps its keys: asking librpm would make one. */
static bool find_database(void)
{
	static const char *const names[] = {"rpmdb.sqlite", "Packages", "Packages.db"};
	CLEANUP(cleanup_free) char *folder = rpmExpand("%{?_dbpath}", NULL);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP(cleanup_free) char *path = text_format("%s/%s", folder, names[i]);

		if (access(path, R_OK) == 0)
			return true;
	}
	return false;
}

static void configure(void)
{
	configure_result = rpmReadConfigFiles(NULL, NULL);
	has_keyring = configure_result == 0 && find_database();
}

/* Without a database every signature is one of an unknown key. */
static rpmts create_ts(void)
{
	rpmts ts = rpmtsCreate();

	if (!has_keyring) {
		rpmKeyring empty = rpmKeyringNew();

		rpmtsSetKeyring(ts, empty);
		rpmKeyringFree(empty);
	}
	return ts;
}

static void cleanup_ts(rpmts *ts)
{
	rpmtsFree(*ts);
}

static void cleanup_header(Header *header)
{
	headerFree(*header);
}

static void cleanup_fd(FD_t *fd)
{
	if (*fd)
		Fclose(*fd);
}

/* librpm tells through its log what it found; this keeps it from standard error. */
struct capture {
	struct text failed; /* the first check that failed */
	struct text errors; /* other messages of severity error or worse */
};

static int capture_record(rpmlogRec record, rpmlogCallbackData data)
{
	struct capture *capture = data;
	CLEANUP(cleanup_free) char *copy = text_copy(rpmlogRecMessage(record));
	char *line = text_trim(copy), *rest = strstr(line, ": ");

	/* Our own message names the file already. */
	if (*line == '/' && rest)
		line = rest + 2;
	/* As rpmkeys -Kv prints: "Payload SHA256 digest: BAD (Expected ... != ...)". */
	if (strstr(line, ": BAD") || strstr(line, ": NOTFOUND")) {
		/* "ALT" is the other of two digests; its message compares with the wrong one. */
		if (capture->failed.length && !strstr(capture->failed.data, " ALT "))
			return 0;
		text_clear(&capture->failed);
		text_append(&capture->failed, line);
	} else if (rpmlogRecPriority(record) <= RPMLOG_ERR) {
		text_appendf(&capture->errors, "%s%s", capture->errors.length ? "; " : "", line);
	}
	return 0;
}

static void capture_begin(struct capture *capture)
{
	*capture = (struct capture){0};
	rpmlogSetCallback(capture_record, capture);
	/* At this level librpm names each check and its result. */
	rpmSetVerbosity(RPMLOG_INFO);
}

static void cleanup_capture(struct capture *capture)
{
	rpmlogSetCallback(NULL, NULL);
	rpmSetVerbosity(RPMLOG_NOTICE);
	/* librpm keeps every warning for ever otherwise. */
	rpmlogClose();
	text_clear(&capture->failed);
	text_clear(&capture->errors);
}

static const char *capture_reason(const struct capture *capture)
{
	if (capture->failed.length)
		return text_string(&capture->failed);
	if (capture->errors.length)
		return text_string(&capture->errors);
	return "it is cut off or its structure is damaged";
}

/* A stream of librpm over a copy of the descriptor, from its beginning. */
static FD_t stream_open(int descriptor)
{
	return lseek(descriptor, 0, SEEK_SET) < 0 ? NULL : fdDup(descriptor);
}

/* All digests over header and payload; signatures are looked at when the header is read. */
static int check_digests(
	rpmts ts, int descriptor, const char *path, struct capture *capture, struct error *err)
{
	CLEANUP(cleanup_fd) FD_t fd = stream_open(descriptor);
	struct rpmQVKArguments_s query = {0};

	if (!fd)
		return error_system(err, errno, "%s: cannot read", path);
	rpmtsSetVfyFlags(ts, RPMVSF_MASK_NOSIGNATURES);
	rpmtsSetVfyLevel(ts, RPMSIG_DIGEST_TYPE);
	if (rpmVerifySignatures(&query, ts, fd, path) != 0)
		return error_set(err, EBADMSG, "%s: damaged: %s", path, capture_reason(capture));
	return 0;
}

static int read_header(rpmts ts, int descriptor, const char *path, struct capture *capture,
	Header *header, rpmRC *result, struct error *err)
{
	CLEANUP(cleanup_fd) FD_t fd = stream_open(descriptor);

	if (!fd)
		return error_system(err, errno, "%s: cannot read", path);
	rpmtsSetVSFlags(ts, RPMVSF_DEFAULT);
	*result = rpmReadPackageFile(ts, fd, path, header);
	if (*result == RPMRC_OK || *result == RPMRC_NOKEY || *result == RPMRC_NOTTRUSTED)
		return 0;
	if (*result == RPMRC_NOTFOUND)
		return error_set(err, EBADMSG, "%s: not an RPM package", path);
	return error_set(err, EBADMSG, "%s: damaged: %s", path, capture_reason(capture));
}

static bool is_signed(Header header)
{
	static const rpmTagVal tags[] = {
		RPMTAG_RSAHEADER, RPMTAG_DSAHEADER, RPMTAG_SIGPGP, RPMTAG_SIGGPG};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (headerIsEntry(header, tags[i]))
			return true;
	return false;
}

/*
 * Copies a part of the NEVRA. These words become file names and arguments of commands on the nodes,
 * so only the characters that rpm's own rules (rpm-version(7), Fedora's naming rules) know pass.
 */
static int copy_part(Header header, rpmTagVal tag, const char *what, const char *path, char **part,
	struct error *err)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "._+~^-";
	const char *value = headerGetString(header, tag);
	char printable[200];

	if (!value || !*value)
		return error_set(err, EBADMSG, "%s: the package has no %s", path, what);
	if (value[strspn(value, known)] || *value == '-' || *value == '.')
		return error_set(err, EBADMSG, "%s: the package's %s \"%s\" holds odd characters",
			path, what, text_printable(printable, sizeof(printable), value));
	*part = text_copy(value);
	return 0;
}

static int copy_header(
	Header header, rpmRC result, const char *path, struct package *package, struct error *err)
{
	if (copy_part(header, RPMTAG_NAME, "name", path, &package->name, err) < 0 ||
		copy_part(header, RPMTAG_VERSION, "version", path, &package->version, err) < 0 ||
		copy_part(header, RPMTAG_RELEASE, "release", path, &package->release, err) < 0 ||
		copy_part(header, RPMTAG_ARCH, "architecture", path, &package->arch, err) < 0)
		return -EBADMSG;
	if (headerIsSource(header))
		return error_set(err, EBADMSG,
			"%s: a source package, which cannot be installed on a node", path);
	package->epoch = (uint32_t)headerGetNumber(header, RPMTAG_EPOCH);
	package->installed_size = headerGetNumber(header, RPMTAG_LONGSIZE);
	package->evr = package->epoch ? text_format("%u:%s-%s", package->epoch, package->version,
						package->release)
				      : text_format("%s-%s", package->version, package->release);
	package->nevra = text_format("%s-%s.%s", package->name, package->evr, package->arch);
	if (is_signed(header))
		package->signature =
			result == RPMRC_OK ? PACKAGE_SIGNATURE_OK : PACKAGE_SIGNATURE_UNKNOWN_KEY;
	return 0;
}

int package_read_descriptor(
	int descriptor, const char *path, struct package *package, struct error *err)
{
	struct package found = {0};
	CLEANUP(cleanup_capture) struct capture capture;
	CLEANUP(cleanup_ts) rpmts ts = NULL;
	CLEANUP(cleanup_header) Header header = NULL;
	rpmRC result = RPMRC_FAIL;
	int status;

	capture_begin(&capture);
	pthread_once(&configured, configure);
	if (configure_result != 0)
		return error_set(err, EIO,
			"librpm cannot read its configuration (rpm --showrc shows why): %s",
			capture_reason(&capture));
	ts = create_ts();
	status = read_header(ts, descriptor, path, &capture, &header, &result, err);
	if (status < 0)
		return status;
	status = check_digests(ts, descriptor, path, &capture, err);
	if (status < 0)
		return status;
	status = copy_header(header, result, path, &found, err);
	if (status < 0) {
		package_clear(&found);
		return status;
	}
	*package = found;
	return 0;
}

int package_read(const char *path, struct package *package, struct error *err)
{
	CLEANUP(cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (descriptor < 0)
		return error_system(err, errno, "%s: cannot open", path);
	if (fstat(descriptor, &status) < 0)
		return error_system(err, errno, "%s: cannot stat", path);
	if (!S_ISREG(status.st_mode))
		return error_set(err, EINVAL, "%s: not a regular file", path);
	return package_read_descriptor(descriptor, path, package, err);
}

void package_clear(struct package *package)
{
	free(package->name);
	free(package->version);
	free(package->release);
	free(package->arch);
	free(package->evr);
	free(package->nevra);
	*package = (struct package){0};
}

const char *package_signature_name(enum package_signature signature)
{
	switch (signature) {
	case PACKAGE_SIGNATURE_NONE:
		return "none";
	case PACKAGE_SIGNATURE_OK:
		return "ok";
	case PACKAGE_SIGNATURE_UNKNOWN_KEY:
		return "unknown key";
	}
	return "none";
}

/* rpmverCmp takes a missing release as the lowest; here it means "any". */
static rpmver without_release(rpmver version)
{
	rpmver bare = rpmverNew(rpmverE(version), rpmverV(version), NULL);

	rpmverFree(version);
	return bare;
}

int package_compare_evr(const char *left, const char *right)
{
	rpmver one = rpmverParse(left), other = rpmverParse(right);
	int result;

	if (one && other && !rpmverR(one) != !rpmverR(other)) {
		one = without_release(one);
		other = without_release(other);
	}
	result = one && other ? rpmverCmp(one, other) : rpmvercmp(left, right);
	rpmverFree(one);
	rpmverFree(other);
	return result;
}
