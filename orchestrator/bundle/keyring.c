/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Public keys that signatures are checked against. */
#include "orchestrator/bundle/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <rpm/rpmkeyring.h>
#include <rpm/rpmmacro.h>
#include <rpm/rpmpgp.h>
#include <rpm/rpmts.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/bundle/librpm.h"

/* Debian's archive keyring has 56 kB; a file of megabytes is something else. */
enum { FILE_LIMIT = 4 << 20, KEY_FILES_MAX = 1024, KEY_LIMIT = 16 << 10 };

struct keyring {
	rpmKeyring handle;
	bool is_chosen;
	size_t count;	   /* certificates added from files */
	EVP_PKEY *ed25519; /* NULL: none */
};

static void cleanup_pubkey(rpmPubkey *key)
{
	rpmPubkeyFree(*key);
}

static int add_subkeys(struct keyring *keyring, rpmPubkey key)
{
	rpmPubkey *subkeys;
	int count = 0, i;

	subkeys = rpmGetSubkeys(key, &count);
	for (i = 0; i < count; i++) {
		rpmKeyringAddKey(keyring->handle, subkeys[i]);
		rpmPubkeyFree(subkeys[i]);
	}
	free(subkeys);
	return count;
}

/* Adds each certificate of a row of OpenPGP packets; how many there were. */
static size_t add_packets(struct keyring *keyring, const uint8_t *packets, size_t length)
{
	size_t added = 0, size = 0;

	while (length && pgpPubKeyCertLen(packets, length, &size) == 0 && size && size <= length) {
		CLEANUP(cleanup_pubkey) rpmPubkey key = rpmPubkeyNew(packets, size);

		/* 1: it is there already. */
		if (key && rpmKeyringAddKey(keyring->handle, key) >= 0) {
			add_subkeys(keyring, key);
			added++;
		}
		packets += size;
		length -= size;
	}
	return added;
}

/* Each armoured block of a file; how many certificates were added. */
static size_t add_armour(struct keyring *keyring, const char *words)
{
	static const char mark[] = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
	const char *start = strstr(words, mark);
	size_t added = 0;

	while (start) {
		const char *next = strstr(start + 1, mark);
		size_t size = next ? (size_t)(next - start) : strlen(start);
		CLEANUP(cleanup_free) char *block = text_format("%.*s", (int)size, start);
		CLEANUP(cleanup_free) uint8_t *packets = NULL;
		size_t length = 0;

		if (pgpParsePkts(block, &packets, &length) == PGPARMOR_PUBKEY)
			added += add_packets(keyring, packets, length);
		start = next;
	}
	return added;
}

static int add_file(struct keyring *keyring, const char *path, struct error *err)
{
	CLEANUP(cleanup_free) char *bytes = NULL;
	size_t length, added;
	int result = file_read(path, FILE_LIMIT, &bytes, &length, err);

	if (result < 0)
		return result;
	if (length && (bytes[0] & 0x80))
		added = add_packets(keyring, (const uint8_t *)bytes, length);
	else
		added = add_armour(keyring, bytes);
	if (!added)
		return error_set(err, EBADMSG,
			"%s: it holds no OpenPGP public key that can be used; write one with gpg --export --armor KEY",
			path);
	keyring->count += added;
	return 0;
}

static bool is_key_file(const char *name)
{
	static const char *const ends[] = {".asc", ".gpg", ".pgp", ".key", ".pub"};

	if (*name == '.')
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (text_ends_with(name, ends[i]))
			return true;
	/* As distributions name theirs in /etc/pki/rpm-gpg. */
	return text_starts_with(name, "RPM-GPG-KEY");
}

static int add_folder(struct keyring *keyring, const char *path, struct error *err)
{
	CLEANUP(cleanup_closedir) DIR *folder = opendir(path);
	struct dirent *entry;
	int count = 0, result = 0;

	if (!folder)
		return error_system(err, errno, "%s: cannot open the keyring", path);
	while (result == 0 && (entry = readdir(folder))) {
		CLEANUP(cleanup_free) char *file = text_format("%s/%s", path, entry->d_name);

		if (!is_key_file(entry->d_name))
			continue;
		if (++count > KEY_FILES_MAX)
			return error_set(err, E2BIG, "%s: more than %d key files in it", path,
				KEY_FILES_MAX);
		result = add_file(keyring, file, err);
	}
	if (result == 0 && !count)
		return error_set(err, ENOKEY,
			"%s: neither an rpm database nor key files (*.asc, *.gpg, *.pgp, *.key, *.pub, RPM-GPG-KEY*) in it",
			path);
	return result;
}

/* Of the database in the folder; NULL: of this machine's. */
static void load_database(struct keyring *keyring, const char *folder)
{
	rpmts ts = rpmtsCreate();

	if (folder)
		rpmPushMacro(NULL, "_dbpath", NULL, folder, RMIL_CMDLINE);
	rpmKeyringFree(keyring->handle);
	keyring->handle = rpmtsGetKeyring(ts, 1);
	rpmtsFree(ts);
	if (folder)
		rpmPopMacro(NULL, "_dbpath");
}

static int load(struct keyring *keyring, const char *path, struct error *err)
{
	struct stat status;

	if (!path) {
		/* Asking librpm for a database that is not there would make one. */
		if (librpm_has_database(NULL))
			load_database(keyring, NULL);
		return 0;
	}
	keyring->is_chosen = true;
	if (stat(path, &status) < 0)
		return error_system(err, errno, "%s: cannot open the keyring", path);
	if (!S_ISDIR(status.st_mode))
		return add_file(keyring, path, err);
	if (!librpm_has_database(path))
		return add_folder(keyring, path, err);
	load_database(keyring, path);
	return 0;
}

int keyring_open(const char *path, struct keyring **keyring, struct error *err)
{
	CLEANUP(cleanup_keyring) struct keyring *opened = vector_resize(NULL, 1, sizeof(*opened));
	CLEANUP(cleanup_librpm_log) struct librpm_log log;
	int result;

	librpm_begin(&log);
	*opened = (struct keyring){0};
	result = librpm_configure(&log, err);
	if (result < 0)
		return result;
	opened->handle = rpmKeyringNew();
	result = load(opened, path, err);
	if (result < 0)
		return result;
	*keyring = TAKE(opened);
	return 0;
}

int keyring_add_ed25519(struct keyring *keyring, const char *path, struct error *err)
{
	CLEANUP(cleanup_free) char *bytes = NULL;
	size_t length;
	EVP_PKEY *key;
	BIO *memory;
	int result = file_read(path, KEY_LIMIT, &bytes, &length, err);

	if (result < 0)
		return result;
	memory = BIO_new_mem_buf(bytes, (int)length);
	key = memory ? PEM_read_bio_PUBKEY(memory, NULL, NULL, NULL) : NULL;
	BIO_free(memory);
	if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		return error_set(err, EBADMSG,
			"%s: it holds no Ed25519 public key in PEM; write one with openssl pkey -in KEY -pubout",
			path);
	}
	EVP_PKEY_free(keyring->ed25519);
	keyring->ed25519 = key;
	return 0;
}

struct evp_pkey_st *keyring_ed25519(const struct keyring *keyring)
{
	return keyring->ed25519;
}

void keyring_free(struct keyring *keyring)
{
	if (!keyring)
		return;
	rpmKeyringFree(keyring->handle);
	EVP_PKEY_free(keyring->ed25519);
	free(keyring);
}

bool keyring_is_chosen(const struct keyring *keyring)
{
	return keyring->is_chosen;
}

struct rpmKeyring_s *keyring_handle(const struct keyring *keyring)
{
	return keyring->handle;
}
