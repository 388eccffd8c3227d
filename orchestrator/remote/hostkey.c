/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strict host keys: what does not match is refused, with the way out in the message. */
#include "orchestrator/remote/hostkey.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* What every message needs. */
struct identity {
	const char *address;
	unsigned port;
	const char *known_hosts;
	char *name; /* as known_hosts has it: ADDRESS, or [ADDRESS]:PORT */
	char *fingerprint;
	const char *type; /* as ssh-keyscan -t wants it */
};

static void identity_clear(struct identity *identity)
{
	free(identity->name);
	free(identity->fingerprint);
}

static void cleanup_key(ssh_key *key)
{
	ssh_key_free(*key);
}

static const char *scan_type(ssh_key key)
{
	const char *name = ssh_key_type_to_char(ssh_key_type(key));

	if (!name)
		return "ed25519";
	if (text_starts_with(name, "ecdsa"))
		return "ecdsa";
	return text_starts_with(name, "ssh-") ? name + strlen("ssh-") : name;
}

static int fingerprint(ssh_session ssh, struct identity *identity)
{
	CLEANUP(cleanup_key) ssh_key key = NULL;
	unsigned char *hash = NULL;
	size_t length = 0;
	char *words;

	if (ssh_get_server_publickey(ssh, &key) != SSH_OK ||
		ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &length) < 0)
		return -EPROTO;
	words = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, length);
	ssh_clean_pubkey_hash(&hash);
	if (!words)
		return -EPROTO;
	identity->fingerprint = text_copy(words);
	ssh_string_free_char(words);
	identity->type = scan_type(key);
	return 0;
}

/* How to look at the key where nobody can stand in between, and how to accept it. */
static char *way_out(const struct identity *identity)
{
	return text_format(
		"Compare the fingerprint on the node's console (ssh-keygen -lf /etc/ssh/ssh_host_%s_key.pub); only if it is the same: ssh-keyscan -t %s -p %u %s >> %s",
		identity->type, identity->type, identity->port, identity->address,
		identity->known_hosts);
}

static int reject(enum ssh_known_hosts_e state, const struct identity *identity, struct error *err)
{
	CLEANUP(cleanup_free) char *way = way_out(identity);

	switch (state) {
	case SSH_KNOWN_HOSTS_OK:
		return 0;
	case SSH_KNOWN_HOSTS_NOT_FOUND:
		return error_set(err, ENOENT,
			"host key of %s not checked, there is no file %s; it showed %s. %s",
			identity->name, identity->known_hosts, identity->fingerprint, way);
	case SSH_KNOWN_HOSTS_UNKNOWN:
		return error_set(err, EKEYREJECTED,
			"host key unknown: %s showed %s, and %s has no entry for it. %s",
			identity->name, identity->fingerprint, identity->known_hosts, way);
	case SSH_KNOWN_HOSTS_CHANGED:
		return error_set(err, EKEYREJECTED,
			"HOST KEY CHANGED: %s showed %s, and %s has another key for it. Either the node was installed anew, or another machine answers in its place. Remove the old key with ssh-keygen -f %s -R '%s' only after this: %s",
			identity->name, identity->fingerprint, identity->known_hosts,
			identity->known_hosts, identity->name, way);
	case SSH_KNOWN_HOSTS_OTHER:
		return error_set(err, EKEYREJECTED,
			"host key of another type: %s showed %s (%s), and %s has only keys of other types for it. Another machine may answer in its place. %s",
			identity->name, identity->fingerprint, identity->type,
			identity->known_hosts, way);
	case SSH_KNOWN_HOSTS_ERROR:
		break;
	}
	return error_set(err, EINVAL,
		"host key of %s not checked (it showed %s): %s has a line that cannot be understood; correct it (ssh-keygen -lf %s shows how far it is good)",
		identity->name, identity->fingerprint, identity->known_hosts,
		identity->known_hosts);
}

/* libssh would turn %h and the like in paths into something else, but only while it connects. */
static char *literal(const char *path)
{
	struct text text = {0};

	for (; *path; path++)
		text_append_bytes(&text, *path == '%' ? "%%" : path, *path == '%' ? 2 : 1);
	return text_take(&text);
}

int hostkey_prepare(ssh_session ssh, const struct hop *hop, struct error *err)
{
	const char *chosen = hop->known_hosts[0];
	CLEANUP(cleanup_free) char *path = NULL;

	for (size_t i = 0; hop->known_hosts[i]; i++) {
		ssh_options_set(ssh, SSH_OPTIONS_KNOWNHOSTS, hop->known_hosts[i]);
		if (access(hop->known_hosts[i], R_OK) == 0 &&
			ssh_session_has_known_hosts_entry(ssh) == SSH_KNOWN_HOSTS_OK) {
			chosen = hop->known_hosts[i];
			break;
		}
	}
	path = literal(chosen);
	if (ssh_options_set(ssh, SSH_OPTIONS_KNOWNHOSTS, path) < 0)
		return error_set(err, EINVAL, "ssh does not take the known_hosts file %s", chosen);
	return 0;
}

/* Whether the line is "@revoked HOSTS TYPE KEY" with this key, for whatever hosts: a key that
 * somebody else has may show up anywhere. */
static bool revokes(char *line, const char *key)
{
	char *word = strtok_r(line, " \t\r\n", &line);

	if (!word || strcmp(word, "@revoked") != 0)
		return false;
	for (int i = 0; i < 3; i++)
		word = strtok_r(NULL, " \t\r\n", &line);
	return word && strcmp(word, key) == 0;
}

/* What nobody read may mark the key as revoked. */
static int unread(const char *path, int failure, const struct identity *identity, struct error *err)
{
	return error_system(err, failure,
		"host key of %s not checked (it showed %s): cannot read %s", identity->name,
		identity->fingerprint, path);
}

/* libssh passes over lines with markers. */
static int look_for_revoked(
	ssh_session ssh, const char *path, const struct identity *identity, struct error *err)
{
	CLEANUP(cleanup_key) ssh_key key = NULL;
	CLEANUP(cleanup_fclose) FILE *file = fopen(path, "re");
	CLEANUP(cleanup_free) char *line = NULL;
	char *own = NULL;
	size_t size = 0;
	bool revoked = false;
	int failure;

	/* Gone meanwhile, it revokes nothing. */
	if (!file && errno == ENOENT)
		return 0;
	if (!file)
		return unread(path, errno, identity, err);
	if (ssh_get_server_publickey(ssh, &key) != SSH_OK ||
		ssh_pki_export_pubkey_base64(key, &own) != SSH_OK)
		return error_set(err, EPROTO, "%s showed no usable host key", identity->name);
	while (!revoked && (errno = 0, getline(&line, &size, file)) > 0)
		revoked = revokes(line, own);
	failure = revoked || feof(file) ? 0 : errno ?: EIO;
	ssh_string_free_char(own);
	if (failure)
		return unread(path, failure, identity, err);
	if (!revoked)
		return 0;
	return error_set(err, EKEYREJECTED,
		"HOST KEY REVOKED: %s showed %s, which %s marks as @revoked: somebody else may have it. Give the node a new host key (ssh-keygen -A, once the old one is removed), and put that into the file",
		identity->name, identity->fingerprint, path);
}

/* What that file says of the key; its words in err when it cannot be read. */
static int look_in(ssh_session ssh, const char *path, enum ssh_known_hosts_e *state,
	const struct identity *identity, struct error *err)
{
	/* libssh takes a file it may not open for an empty one. */
	if (access(path, R_OK) < 0 && errno != ENOENT)
		return unread(path, errno, identity, err);
	if (access(path, R_OK) < 0) {
		*state = SSH_KNOWN_HOSTS_NOT_FOUND;
		return 0;
	}
	ssh_options_set(ssh, SSH_OPTIONS_KNOWNHOSTS, path);
	*state = ssh_session_is_known_server(ssh);
	return look_for_revoked(ssh, path, identity, err);
}

/* How much a finding says: of several files, the one that says most is told. */
static int weight(enum ssh_known_hosts_e state)
{
	switch (state) {
	case SSH_KNOWN_HOSTS_OK:
		return 5;
	case SSH_KNOWN_HOSTS_CHANGED:
		return 4;
	case SSH_KNOWN_HOSTS_OTHER:
		return 3;
	case SSH_KNOWN_HOSTS_ERROR:
		return 2;
	case SSH_KNOWN_HOSTS_UNKNOWN:
		return 1;
	case SSH_KNOWN_HOSTS_NOT_FOUND:
		break;
	}
	return 0;
}

int hostkey_check(ssh_session ssh, const struct hop *hop, struct error *err)
{
	unsigned port = hop->port ? hop->port : 22;
	enum ssh_known_hosts_e found = SSH_KNOWN_HOSTS_NOT_FOUND;
	CLEANUP(identity_clear)
	struct identity identity = {
		.address = hop->address,
		.port = port,
		.known_hosts = hop->known_hosts[0],
	};

	identity.name = hop->key_name ? text_copy(hop->key_name)
			: port == 22  ? text_copy(hop->address)
				      : text_format("[%s]:%u", hop->address, port);
	if (fingerprint(ssh, &identity) < 0)
		return error_set(err, EPROTO, "%s showed no usable host key", identity.name);
	for (size_t i = 0; hop->known_hosts[i]; i++) {
		enum ssh_known_hosts_e state = SSH_KNOWN_HOSTS_ERROR;
		int result = look_in(ssh, hop->known_hosts[i], &state, &identity, err);

		if (result < 0)
			return result;
		if (weight(state) > weight(found)) {
			found = state;
			identity.known_hosts = hop->known_hosts[i];
		}
	}
	return reject(found, &identity, err);
}
