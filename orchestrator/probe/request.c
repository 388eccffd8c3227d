/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests by libcurl, each over a connection of its own. */
#include "orchestrator/probe/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/number.h"
#include "lib/base/text.h"

/* What goes with a handle. */
struct request {
	const struct request_plan *plan;
	struct request_start start;
	size_t body;
	bool cut;
	char error[CURL_ERROR_SIZE];
};

static int read_tcp(const char *url, struct request_plan *plan, struct error *err)
{
	const char *place = url + strlen("tcp://");
	const char *colon = strrchr(place, ':');
	uint64_t port;

	if (!colon || colon == place || strcspn(place, "/?#@ ") != strlen(place))
		return error_set(err, EINVAL,
			"probe url \"%s\": write tcp://HOST:PORT, an IPv6 address in [ ]", url);
	if (number_parse(colon + 1, "port of the probe url", 1, 65535, &port, err) < 0)
		return -EINVAL;
	plan->connect_only = true;
	plan->url = text_format("http://%s/", place);
	return 0;
}

static int check_syntax(const char *url, const char *parsed, struct error *err)
{
	CURLU *handle = curl_url();
	CURLUcode code =
		handle ? curl_url_set(handle, CURLUPART_URL, parsed, 0) : CURLUE_OUT_OF_MEMORY;

	curl_url_cleanup(handle);
	if (code != CURLUE_OK)
		return error_set(err, EINVAL,
			"probe url \"%s\" cannot be understood; write http://HOST[:PORT]/PATH or "
			"tcp://HOST:PORT",
			url);
	return 0;
}

int request_plan_read(const char *url, struct request_plan *plan, struct error *err)
{
	struct request_plan read = {0};
	int result = 0;

	if (text_starts_with(url, "tcp://"))
		result = read_tcp(url, &read, err);
	else if (text_starts_with(url, "http://") || text_starts_with(url, "https://"))
		read.url = text_copy(url);
	else
		result = error_set(err, EINVAL,
			"probe url \"%s\" does not start with http://, https:// or tcp://", url);
	if (result == 0)
		result = check_syntax(url, read.url, err);
	if (result < 0) {
		request_plan_clear(&read);
		return result;
	}
	*plan = read;
	return 0;
}

void request_plan_clear(struct request_plan *plan)
{
	free(plan->url);
	*plan = (struct request_plan){0};
}

static struct request *request_of(CURL *handle)
{
	char *data = NULL;

	curl_easy_getinfo(handle, CURLINFO_PRIVATE, &data);
	return (struct request *)(void *)data;
}

static size_t body_arrived(char *bytes, size_t size, size_t count, void *argument)
{
	struct request *request = argument;

	(void)bytes;
	request->body += size * count;
	if (request->body <= REQUEST_BODY_MAX)
		return size * count;
	request->cut = true;
	return 0; /* ends the transfer with CURLE_WRITE_ERROR */
}

static int socket_made(void *argument, curl_socket_t descriptor, curlsocktype purpose)
{
	static const struct linger now = {.l_onoff = 1, .l_linger = 0};
	const struct request *request = argument;

	(void)purpose;
	if (request->plan->reset)
		(void)setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	return CURL_SOCKOPT_OK;
}

CURL *request_new(const struct request_plan *plan, const struct request_start *start)
{
	struct request *request = calloc(1, sizeof(*request));
	CURL *handle = request ? curl_easy_init() : NULL;

	if (!handle || curl_easy_setopt(handle, CURLOPT_URL, plan->url) != CURLE_OK) {
		curl_easy_cleanup(handle);
		free(request);
		return NULL;
	}
	request->plan = plan;
	request->start = *start;
	curl_easy_setopt(handle, CURLOPT_PRIVATE, request);
	curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, request->error);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_PROXY, "");
	curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(handle, CURLOPT_USERAGENT, "haupgrade-probe");
	curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, plan->connect_only ? 1L : 0L);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, body_arrived);
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, socket_made);
	curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, request);
	return handle;
}

void request_free(CURL *handle)
{
	struct request *request;

	if (!handle)
		return;
	request = request_of(handle);
	curl_easy_cleanup(handle);
	free(request);
}

const struct request_start *request_begun(CURL *handle)
{
	return &request_of(handle)->start;
}

uint64_t request_age_us(CURL *handle, uint64_t now_us, uint64_t stalled_us)
{
	const struct request_start *start = &request_of(handle)->start;
	uint64_t stalled = stalled_us - start->stalled_us;
	uint64_t age = now_us > start->at_us ? now_us - start->at_us : 0;

	return age > stalled ? age - stalled : 0;
}

void request_timeout_text(CURL *handle, char *text, size_t size)
{
	unsigned long long limit = request_of(handle)->plan->timeout_ms;
	curl_off_t connected_us = 0;

	curl_easy_getinfo(handle, CURLINFO_CONNECT_TIME_T, &connected_us);
	snprintf(text, size,
		connected_us ? "no whole answer within %llu ms" : "no connection within %llu ms",
		limit);
}

static enum tally_outcome outcome_of(CURL *handle, CURLcode code)
{
	const struct request *request = request_of(handle);
	long number = 0;
	long status = 0;

	curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &number);
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && request->cut))
		return status >= 400 ? TALLY_STATUS : TALLY_GOOD;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return TALLY_TIMEOUT;
	if (code == CURLE_COULDNT_CONNECT)
		return number == ECONNREFUSED || number == 0 ? TALLY_REFUSED : TALLY_OTHER;
	if (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING ||
		code == CURLE_PARTIAL_FILE)
		return TALLY_RESET;
	return TALLY_OTHER;
}

enum tally_outcome request_outcome(CURL *handle, CURLcode code, char *text, size_t size)
{
	const struct request *request = request_of(handle);
	enum tally_outcome outcome = outcome_of(handle, code);
	long status = 0;

	text[0] = '\0';
	if (outcome == TALLY_STATUS) {
		curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
		snprintf(text, size, "HTTP status %ld", status);
	} else if (outcome != TALLY_GOOD) {
		/* It may quote what the server sent. */
		text_printable(
			text, size, *request->error ? request->error : curl_easy_strerror(code));
	}
	return outcome;
}
