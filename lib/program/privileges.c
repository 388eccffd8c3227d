/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaves root behind. */
#include "lib/program/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int capabilities_set(const int *capabilities, size_t count, struct error *err)
{
	capng_type_t kinds = CAPNG_EFFECTIVE | CAPNG_PERMITTED;
	size_t i;

	capng_get_caps_process();
	if (!count)
		capng_clear(CAPNG_SELECT_BOTH);
	for (i = 0; i < count; i++) {
		/* An unprivileged process cannot gain what it does not have. */
		bool has = geteuid() == 0 ||
			   capng_have_capability(CAPNG_PERMITTED, (unsigned int)capabilities[i]);

		if (i == 0)
			capng_clear(CAPNG_SELECT_BOTH);
		if (has &&
			capng_update(CAPNG_ADD, kinds | (geteuid() == 0 ? CAPNG_BOUNDING_SET : 0),
				(unsigned int)capabilities[i]) < 0)
			return error_set(err, EINVAL, "capability %d is not known to this system",
				capabilities[i]);
	}
	return 0;
}

/* What there is to know of the user; *found false with 0: there is no such one, nobody failed. */
static int user_find(const char *name, struct passwd *entry, bool *found, struct error *err)
{
	/* The strings in there are not used: too small for them is an error as any other. */
	char strings[65536];
	struct passwd *result = NULL;
	int number;

	do
		number = getpwnam_r(name, entry, strings, sizeof(strings), &result);
	while (number == EINTR);
	*found = result != NULL;
	/* Only success without an entry says "no such user" (getpwnam_r(3)). */
	if (!result && number != 0)
		return error_set(err, number == ENOENT ? EIO : number,
			"cannot find out whether there is a user '%s': %s", name, strerror(number));
	return 0;
}

int privileges_keep(const char *user, const int *capabilities, size_t count, struct error *err)
{
	struct passwd entry = {0};
	bool found = false;
	int result;

	if (geteuid() == 0 && user) {
		result = user_find(user, &entry, &found, err);
		if (result < 0)
			return result;
		if (!found)
			return error_set(err, ENOENT,
				"user '%s' does not exist; create it or name another", user);
	}
	result = capabilities_set(capabilities, count, err);
	if (result < 0)
		return result;
	if (found)
		result = capng_change_id((int)entry.pw_uid, (int)entry.pw_gid,
			CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	else
		result = capng_apply(geteuid() == 0 ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS);
	if (result < 0)
		return error_set(err, EPERM,
			"cannot drop privileges (libcap-ng error %d); is a capability missing?",
			result);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_system(err, errno, "cannot set no_new_privs");
	return 0;
}
