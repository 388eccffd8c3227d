/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests by libcurl, each over a connection of its own. */
#include "orchestrator/probe/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/number.h"
#include "lib/base/text.h"

/* What goes with a handle. */
struct request {
	const struct request_plan *plan;
	struct request_start start;
	size_t body;
	struct text kept; /* of the body, when something is looked for in it */
	bool cut;
	bool last; /* the server ends the connection */
	char error[CURL_ERROR_SIZE];
};

/* As an http address, which libcurl connects to without asking anything. */
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

static void cleanup_curlu(CURLU **handle)
{
	curl_url_cleanup(*handle);
}

static void cleanup_part(char **part)
{
	curl_free(*part);
}

/* Host and port out of the url. */
static int read_place(const char *url, struct request_plan *plan, struct error *err)
{
	CLEANUP(cleanup_curlu) CURLU *handle = curl_url();
	CLEANUP(cleanup_part) char *host = NULL;
	CLEANUP(cleanup_part) char *port = NULL;
	uint64_t number = 0;
	size_t length;

	if (!handle || curl_url_set(handle, CURLUPART_URL, plan->url, 0) != CURLUE_OK ||
		curl_url_get(handle, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
		curl_url_get(handle, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK ||
		number_parse(port, "port", 1, 65535, &number, NULL) < 0)
		return error_set(err, EINVAL,
			"probe url \"%s\" cannot be understood; write http://HOST[:PORT]/PATH or tcp://HOST:PORT",
			url);
	plan->port = (unsigned)number;
	length = strlen(host);
	plan->host = *host == '[' && length > 2 ? text_format("%.*s", (int)length - 2, host + 1)
						: text_copy(host);
	return 0;
}

static int read_config(
	const struct probe_config *config, struct request_plan *plan, struct error *err)
{
	const char *url = config->url;
	int result = 0;

	if (!url || !*url)
		return error_set(err, EINVAL, "the probe has no url to ask");
	if (config->timeout_ms > REQUEST_TIMEOUT_MAX_MS)
		return error_set(err, EINVAL, "probe timeout %llu ms is above the limit of %d ms",
			(unsigned long long)config->timeout_ms, REQUEST_TIMEOUT_MAX_MS);
	if (text_starts_with(url, "tcp://"))
		result = read_tcp(url, plan, err);
	else if (text_starts_with(url, "http://") || text_starts_with(url, "https://"))
		plan->url = text_copy(url);
	else
		result = error_set(err, EINVAL,
			"probe url \"%s\" does not start with http://, https:// or tcp://", url);
	if (result == 0)
		result = read_place(url, plan, err);
	if (result == 0 && config->ca && access(config->ca, R_OK) < 0)
		result = error_system(
			err, errno, "%s: cannot read the probe's authorities", config->ca);
	return result;
}

int request_plan_read(
	const struct probe_config *config, struct request_plan *plan, struct error *err)
{
	struct request_plan read = {
		.insecure = config->insecure,
		.status = config->status,
		.timeout_ms = config->timeout_ms ?: REQUEST_TIMEOUT_DEFAULT_MS,
		.slow_us = (config->slow_ms ?: REQUEST_SLOW_DEFAULT_MS) * 1000,
	};
	int result = read_config(config, &read, err);

	if (result < 0) {
		request_plan_clear(&read);
		return result;
	}
	read.ca = config->ca ? text_copy(config->ca) : NULL;
	read.expect = config->expect ? text_copy(config->expect) : NULL;
	*plan = read;
	return 0;
}

void request_plan_clear(struct request_plan *plan)
{
	free(plan->url);
	free(plan->host);
	free(plan->ca);
	free(plan->expect);
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

	request->body += size * count;
	if (request->plan->expect && request->kept.length < REQUEST_BODY_MAX)
		text_append_bytes(&request->kept, bytes, size * count);
	if (request->body <= REQUEST_BODY_MAX)
		return size * count;
	request->cut = true;
	return 0; /* ends the transfer with CURLE_WRITE_ERROR */
}

static size_t header_arrived(char *bytes, size_t size, size_t count, void *argument)
{
	static const char close[] = "connection: close";
	struct request *request = argument;

	if (size * count >= strlen(close) && strncasecmp(bytes, close, strlen(close)) == 0)
		request->last = true;
	return size * count;
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
	curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, header_arrived);
	curl_easy_setopt(handle, CURLOPT_HEADERDATA, request);
	if (plan->ca) {
		curl_easy_setopt(handle, CURLOPT_CAINFO, plan->ca);
		/* Those and no others: where libcurl was built with a folder, it counts too. */
		curl_easy_setopt(handle, CURLOPT_CAPATH, NULL);
	}
	if (plan->insecure) {
		curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 0L);
	}
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
	text_clear(&request->kept);
	free(request);
}

bool request_was_last(CURL *handle)
{
	return request_of(handle)->last;
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

/* A whole answer came. */
static enum tally_outcome judge(const struct request *request, long status)
{
	const struct request_plan *plan = request->plan;

	if (plan->connect_only)
		return TALLY_GOOD;
	if (plan->status ? status != (long)plan->status : status >= 400)
		return TALLY_STATUS;
	if (plan->expect && !memmem(text_string(&request->kept), request->kept.length, plan->expect,
				    strlen(plan->expect)))
		return TALLY_BODY;
	return TALLY_GOOD;
}

static enum tally_outcome outcome_of(CURL *handle, CURLcode code)
{
	const struct request *request = request_of(handle);
	long number = 0;
	long status = 0;

	curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &number);
	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && request->cut))
		return judge(request, status);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return TALLY_TIMEOUT;
	if (code == CURLE_COULDNT_CONNECT)
		return number == ECONNREFUSED || number == 0 ? TALLY_REFUSED : TALLY_OTHER;
	if (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR || code == CURLE_GOT_NOTHING ||
		code == CURLE_PARTIAL_FILE)
		return TALLY_RESET;
	return TALLY_OTHER;
}

static void status_text(CURL *handle, char *text, size_t size)
{
	unsigned wanted = request_of(handle)->plan->status;
	long status = 0;

	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
	if (wanted)
		snprintf(text, size, "HTTP status %ld in place of %u", status, wanted);
	else
		snprintf(text, size, "HTTP status %ld", status);
}

enum tally_outcome request_outcome(CURL *handle, CURLcode code, char *text, size_t size)
{
	const struct request *request = request_of(handle);
	enum tally_outcome outcome = outcome_of(handle, code);

	text[0] = '\0';
	switch (outcome) {
	case TALLY_GOOD:
		break;
	case TALLY_STATUS:
		status_text(handle, text, size);
		break;
	case TALLY_BODY:
		snprintf(text, size, "the answer does not hold \"%.80s\"", request->plan->expect);
		break;
	case TALLY_REFUSED:
	case TALLY_TIMEOUT:
	case TALLY_RESET:
	case TALLY_OTHER:
		/* It may quote what the server sent. */
		text_printable(
			text, size, *request->error ? request->error : curl_easy_strerror(code));
		break;
	}
	return outcome;
}
