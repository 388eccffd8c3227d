/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Posts JSON to the address of a cluster file's webhook. */
#include "orchestrator/gate/webhook.h"

#include <errno.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/base/cleanup.h"

/* What it answers is nobody's business. */
static size_t drop(char *bytes, size_t size, size_t count, void *data)
{
	(void)bytes;
	(void)data;
	return size * count;
}

static void cleanup_curl(CURL **curl)
{
	curl_easy_cleanup(*curl);
}

static void cleanup_slist(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

/* The beginning of the address up to the host's end; nothing behind it. */
static int host_length(const char *url)
{
	const char *host = strstr(url, "://");

	return host ? (int)(host + 3 - url + (long)strcspn(host + 3, "/?#")) : 0;
}

static int number_of(CURLcode code)
{
	if (code == CURLE_OPERATION_TIMEDOUT)
		return ETIMEDOUT;
	if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
		return EKEYREJECTED;
	if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
		return EHOSTUNREACH;
	return EIO;
}

/* A fixed set of options: no redirection, no proxy of the environment, no .netrc. */
static void set_options(
	CURL *curl, const struct gate_notify *notify, const char *json, struct curl_slist *headers)
{
	curl_easy_setopt(curl, CURLOPT_URL, notify->webhook);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)notify->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
	if (notify->ca) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, notify->ca);
		/* That one and no other. */
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	/* Which environment it is depends on who started us: sudo drops one, cron has none. */
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
}

int webhook_post(const struct gate_notify *notify, const char *json, struct error *err)
{
	CLEANUP(cleanup_curl) CURL *curl = curl_easy_init();
	CLEANUP(cleanup_slist)
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	int length = host_length(notify->webhook);
	CURLcode code;
	long status = 0;

	if (!curl || !headers)
		return error_set(err, ENOMEM, "out of memory");
	headers = curl_slist_append(headers, "User-Agent: haupgrade");
	set_options(curl, notify, json, headers);
	code = curl_easy_perform(curl);
	if (code != CURLE_OK)
		return error_set(err, number_of(code), "webhook %.*s: %s", length, notify->webhook,
			curl_easy_strerror(code));
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || status > 299)
		return error_set(err, EPROTO, "webhook %.*s: answered with status %ld", length,
			notify->webhook, status);
	return 0;
}
