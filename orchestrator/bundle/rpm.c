/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and checks an RPM package through librpm. */
#include "orchestrator/bundle/rpm.h"

#include <errno.h>
#include <rpm/header.h>
#include <rpm/rpmds.h>
#include <rpm/rpmio.h>
#include <rpm/rpmlib.h>
#include <rpm/rpmts.h>
#include <rpm/rpmver.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "orchestrator/bundle/librpm.h"
#include "orchestrator/bundle/package_head.h"
#include "orchestrator/bundle/package_signature.h"

static void cleanup_ts(rpmts *ts)
{
	rpmtsFree(*ts);
}

static void cleanup_header(Header *header)
{
	headerFree(*header);
}

static void cleanup_ds(rpmds *ds)
{
	rpmdsFree(*ds);
}

/* The header as librpm understands it, from the bytes that it has verified. */
static int read_header(rpmts ts, const char *path, const struct text *head,
	const struct librpm_log *log, Header *header, struct error *err)
{
	CLEANUP(cleanup_close) int file = memfd_create("rpm-header", MFD_CLOEXEC);
	CLEANUP(cleanup_fd) FD_t fd = NULL;

	if (file < 0 || write(file, head->data, head->length) != (ssize_t)head->length ||
		lseek(file, 0, SEEK_SET) < 0 || !(fd = fdDup(file)))
		return error_system(err, errno, "%s: cannot keep its header", path);
	rpmtsSetVSFlags(ts, RPMVSF_MASK_NODIGESTS | RPMVSF_MASK_NOSIGNATURES);
	switch (rpmReadPackageFile(ts, fd, path, header)) {
	case RPMRC_OK:
	case RPMRC_NOKEY:
	case RPMRC_NOTTRUSTED:
		return 0;
	case RPMRC_NOTFOUND:
		return error_set(err, EBADMSG, "%s: not an RPM package", path);
	case RPMRC_FAIL:
		break;
	}
	return error_set(err, EBADMSG, "%s: damaged: %s", path, librpm_reason(log));
}

/*
 * Copies a part of the NEVRA. These words become file names and arguments of commands on the nodes,
 * so only the characters that rpm's own rules (rpm-version(7), Fedora's naming rules) know pass.
 */
static int copy_part(Header header, rpmTagVal tag, const char *what, const char *path, char **part,
	struct error *err)
{
	static const char known[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+~^-";
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

/* "name-version-release.src.rpm"; what is no such name tells nothing. */
static void copy_source(Header header, struct package *package)
{
	const char *source = headerGetString(header, RPMTAG_SOURCERPM);
	const char *end, *dash;
	int dashes = 0;

	package->source = text_copy("");
	package->source_version = text_copy("");
	if (!source)
		return;
	end = text_ends_with(source, ".src.rpm")     ? source + strlen(source) - 8
	      : text_ends_with(source, ".nosrc.rpm") ? source + strlen(source) - 10
						     : source;
	for (dash = end; dash > source && dashes < 2;)
		dashes += *--dash == '-';
	if (dashes < 2 || dash == source)
		return;
	free(package->source);
	free(package->source_version);
	package->source = text_format("%.*s", (int)(dash - source), source);
	package->source_version = text_format("%.*s", (int)(end - dash - 1), dash + 1);
}

static enum package_comparison comparison_of(rpmsenseFlags flags)
{
	switch (flags & RPMSENSE_SENSEMASK) {
	case RPMSENSE_LESS:
		return PACKAGE_LESS;
	case RPMSENSE_LESS | RPMSENSE_EQUAL:
		return PACKAGE_AT_MOST;
	case RPMSENSE_EQUAL:
		return PACKAGE_EQUAL;
	case RPMSENSE_GREATER | RPMSENSE_EQUAL:
		return PACKAGE_AT_LEAST;
	case RPMSENSE_GREATER:
		return PACKAGE_GREATER;
	}
	return PACKAGE_ANY;
}

static int copy_relations(Header header, rpmTagVal tag, const char *path,
	struct package_relations *relations, struct error *err)
{
	CLEANUP(cleanup_ds) rpmds ds = rpmdsNew(header, tag, 0);
	unsigned int group = 0;

	while (rpmdsNext(ds) >= 0) {
		const char *name = rpmdsN(ds), *version = rpmdsEVR(ds);
		rpmsenseFlags flags = rpmdsFlags(ds);

		/* Needed by rpm itself; not by another package. */
		if (!name || (flags & RPMSENSE_RPMLIB))
			continue;
		if (package_relate(relations, name, strlen(name), comparison_of(flags),
			    version ? version : "", group++) < 0)
			return error_set(err, EBADMSG,
				"%s: it requires or provides more than %d things", path,
				PACKAGE_RELATIONS_MAX);
	}
	return 0;
}

/* What rpm's digests do not cover, and rpmkeys lets pass. */
static void note_lead(const struct text *head, struct package *package)
{
	/* rpm's docs/manual/lead.md: magic 4, version 2, type 2, arch 2, name 66, os 2, ... */
	enum { TYPE = 6, NAME = 10, NAME_SIZE = 66, RESERVED = 80, LEAD_SIZE = 96 };
	CLEANUP(cleanup_free)
	char *name = text_format("%s-%s-%s", package->name, package->version, package->release);
	char lead[NAME_SIZE + 1] = "";
	char printable[4 * NAME_SIZE + 1];

	memcpy(lead, head->data + NAME, NAME_SIZE);
	if (head->data[TYPE] || head->data[TYPE + 1])
		package_note(package, "its lead says that it is no binary package");
	/* rpm cuts a long name off; the last byte is always zero. */
	if (strncmp(lead, name, NAME_SIZE - 1) != 0)
		package_note(package, "its lead names it \"%s\", its header %s",
			text_printable(printable, sizeof(printable), lead), name);
	for (size_t i = RESERVED; i < LEAD_SIZE; i++) {
		if (head->data[i]) {
			package_note(package, "the reserved bytes of its lead are not zero");
			break;
		}
	}
}

static int copy_header(Header header, const char *path, struct package *package, struct error *err)
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
	copy_source(header, package);
	if (copy_relations(header, RPMTAG_REQUIRENAME, path, &package->requires, err) < 0 ||
		copy_relations(header, RPMTAG_PROVIDENAME, path, &package->provides, err) < 0)
		return -EBADMSG;
	return 0;
}

int rpm_read(int descriptor, const char *path, struct text *head, const struct keyring *keyring,
	struct package *package, struct error *err)
{
	CLEANUP(cleanup_librpm_log) struct librpm_log log;
	CLEANUP(cleanup_ts) rpmts ts = NULL;
	CLEANUP(cleanup_header) Header header = NULL;
	const struct package_signature_file file = {descriptor, path, head};
	int result;

	librpm_begin(&log);
	result = librpm_configure(&log, err);
	if (result == 0)
		result = package_head_complete_rpm(descriptor, path, head, err);
	if (result < 0)
		return result;
	ts = rpmtsCreate();
	rpmtsSetKeyring(ts, keyring_handle(keyring));
	result = package_signature_check(ts, &file, &log, err);
	if (result == 0)
		result = read_header(ts, path, head, &log, &header, err);
	if (result == 0)
		result = copy_header(header, path, package, err);
	if (result < 0)
		return result;
	package->format = PACKAGE_RPM;
	package->signature = log.signature;
	package->key = text_copy(log.key);
	note_lead(head, package);
	return 0;
}

/* rpmverCmp takes a missing release as the lowest; here it means "any". */
static rpmver without_release(rpmver version)
{
	rpmver bare = rpmverNew(rpmverE(version), rpmverV(version), NULL);

	rpmverFree(version);
	return bare;
}

int rpm_compare_evr(const char *left, const char *right)
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
