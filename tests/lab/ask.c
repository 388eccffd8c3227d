/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks a web server at fixed times, come what may, and says whether any client would have noticed
 * an outage: the independent witness of the demo, which shares no code with what it watches. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)
#define ANSWER_MAX 2048
#define BODIES_MAX 16
#define BODY_MAX 64
/* Bounds the memory and the descriptors taken. */
#define OUTSTANDING_MAX 20000

enum phase {
	PHASE_FREE,
	PHASE_CONNECTING,
	PHASE_WAITING, /* asked; the answer has not come whole */
	PHASE_CLOSING, /* answered: the server closes first, so that our ports stay free */
};

struct request {
	enum phase phase;
	int fd;
	int64_t scheduled; /* all times: ns of the monotonic clock */
	uint64_t number;
	size_t length;
	char answer[ANSWER_MAX + 1];
};

struct body {
	char line[BODY_MAX];
	uint64_t count;
};

struct options {
	long rate;
	int64_t timeout;
	int64_t slow;
	int64_t seconds;
	const char *log;
	struct sockaddr_in server;
	char question[128];
};

struct asker {
	struct options options;
	int epoll, timer, signals;
	FILE *log;
	bool stopping;
	int64_t started, ended;
	struct request *slots; /* a ring: request N lives in slot N % slot_count until it ends */
	uint64_t slot_count;
	uint64_t next;	 /* the number of the next request to be made */
	uint64_t oldest; /* no request before this one is outstanding */
	uint64_t failed, slow;
	int64_t last_success, longest_gap;
	struct body bodies[BODIES_MAX];
	size_t body_count;
	const struct body *answered_by;
};

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

/* Rounded up: what is reported is never better than what was. */
static int64_t to_ms(int64_t ns)
{
	return (ns + MS - 1) / MS;
}

static void note(FILE *file, const char *text)
{
	struct timespec ts;
	struct tm tm;
	char when[32];

	if (!file)
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(file, "%s.%03ld %s\n", when, ts.tv_nsec / 1000000, text);
	fflush(file);
}

static int64_t request_time(const struct asker *a, uint64_t number)
{
	/* From the start each time, so that rounding does not add up. */
	return a->started + (int64_t)(number * (uint64_t)SECOND / (uint64_t)a->options.rate);
}

static void request_free(struct request *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	r->phase = PHASE_FREE;
}

static void request_fail(struct asker *a, struct request *r, const char *reason)
{
	char text[256];

	a->failed++;
	snprintf(text, sizeof(text), "request %llu failed after %lld ms: %s",
		(unsigned long long)r->number, (long long)to_ms(now_ns() - r->scheduled), reason);
	note(stderr, text);
	note(a->log, text);
	request_free(r);
}

static const char *reason_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "refused";
	case ECONNRESET:
	case EPIPE:
		return "reset";
	case ETIMEDOUT:
		return "timeout";
	case EADDRNOTAVAIL:
		return "no free local port (or address)";
	default:
		return strerror(error);
	}
}

static struct body *body_find(struct asker *a, const char *line)
{
	struct body *body;

	for (size_t i = 0; i < a->body_count; i++)
		if (strcmp(a->bodies[i].line, line) == 0)
			return &a->bodies[i];
	/* The last place is for all that do not fit. */
	if (a->body_count == BODIES_MAX)
		return &a->bodies[BODIES_MAX - 1];
	body = &a->bodies[a->body_count++];
	snprintf(body->line, sizeof(body->line), "%s",
		a->body_count == BODIES_MAX ? "(others)" : line);
	return body;
}

static void request_succeed(struct asker *a, struct request *r, const char *line)
{
	const int64_t now = now_ns(), latency = now - r->scheduled;
	struct body *body = body_find(a, line);
	char text[256];

	if (now - a->last_success > a->longest_gap)
		a->longest_gap = now - a->last_success;
	a->last_success = now;
	body->count++;
	if (body != a->answered_by) {
		snprintf(text, sizeof(text), "request %llu: answers now come from %s",
			(unsigned long long)r->number, body->line);
		note(a->log, text);
		a->answered_by = body;
	}
	if (latency > a->options.slow) {
		a->slow++;
		snprintf(text, sizeof(text), "request %llu slow: %lld ms",
			(unsigned long long)r->number, (long long)to_ms(latency));
		note(a->log, text);
	}
	r->phase = PHASE_CLOSING;
}

/* The length of the body that the header announces; SIZE_MAX: it ends where the connection does. */
static size_t content_length(const char *header, const char *end)
{
	static const char name[] = "\r\nContent-Length:";
	char *rest;
	unsigned long length;

	for (const char *p = header; p < end; p++) {
		if (strncasecmp(p, name, sizeof(name) - 1) != 0)
			continue;
		length = strtoul(p + sizeof(name) - 1, &rest, 10);
		return *rest == '\r' && length < ANSWER_MAX ? length : ANSWER_MAX;
	}
	return SIZE_MAX;
}

/* Looks at what came so far; at the end of the connection it must be a whole answer. */
static void request_judge(struct asker *a, struct request *r, bool at_end)
{
	char reason[128], line[BODY_MAX];
	const char *end, *body;
	size_t announced, have, line_length;

	r->answer[r->length] = '\0';
	end = strstr(r->answer, "\r\n\r\n");
	if (!end) {
		if (at_end)
			request_fail(a, r,
				r->length == 0 ? "closed without an answer"
					       : "bad answer: cut short in its header");
		else if (r->length == ANSWER_MAX)
			request_fail(a, r, "bad answer: header too long");
		return;
	}
	if (strncmp(r->answer, "HTTP/1.1 200 ", 13) != 0 &&
		strncmp(r->answer, "HTTP/1.0 200 ", 13) != 0) {
		snprintf(reason, sizeof(reason), "bad answer: %.*s",
			(int)strcspn(r->answer, "\r\n"), r->answer);
		request_fail(a, r, reason);
		return;
	}
	body = end + 4;
	have = r->length - (size_t)(body - r->answer);
	announced = content_length(r->answer, end);
	if (announced == SIZE_MAX ? !at_end : have < announced) {
		if (at_end)
			request_fail(a, r, "bad answer: cut short in its body");
		else if (r->length == ANSWER_MAX)
			request_fail(a, r, "bad answer: body too long");
		return;
	}
	line_length = strcspn(body, "\r\n");
	snprintf(line, sizeof(line), "%.*s", (int)line_length, line_length > 0 ? body : "(empty)");
	request_succeed(a, r, line_length > 0 ? line : "(empty)");
}

static void request_send(struct asker *a, struct request *r)
{
	const size_t length = strlen(a->options.question);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = r};
	socklen_t size = sizeof(int);
	int error = 0;

	if (getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	/* So short a question always fits into a fresh socket's buffer whole. */
	if (error == 0 && send(r->fd, a->options.question, length, MSG_NOSIGNAL) != (ssize_t)length)
		error = errno;
	if (error == 0 && epoll_ctl(a->epoll, EPOLL_CTL_MOD, r->fd, &event) < 0)
		error = errno;
	if (error != 0) {
		request_fail(a, r, reason_of(error));
		return;
	}
	r->phase = PHASE_WAITING;
}

static void request_receive(struct asker *a, struct request *r)
{
	char rest[ANSWER_MAX];
	ssize_t got;

	if (r->phase == PHASE_CLOSING) {
		if (recv(r->fd, rest, sizeof(rest), 0) <= 0)
			request_free(r);
		return;
	}
	got = recv(r->fd, r->answer + r->length, ANSWER_MAX - r->length, 0);
	if (got < 0) {
		if (errno != EAGAIN && errno != EINTR)
			request_fail(a, r, reason_of(errno));
		return;
	}
	r->length += (size_t)got;
	request_judge(a, r, got == 0);
	if (got == 0 && r->phase != PHASE_FREE)
		request_free(r);
}

static void request_start(struct asker *a, struct request *r)
{
	struct epoll_event event = {.events = EPOLLOUT, .data.ptr = r};

	r->phase = PHASE_CONNECTING;
	r->length = 0;
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->fd < 0 ||
		(connect(r->fd, (const struct sockaddr *)&a->options.server,
			 sizeof(a->options.server)) < 0 &&
			errno != EINPROGRESS) ||
		epoll_ctl(a->epoll, EPOLL_CTL_ADD, r->fd, &event) < 0)
		request_fail(a, r, reason_of(errno));
}

/* Ends what is past its time.  Requests are made in the order of their deadlines. */
static void expire(struct asker *a, int64_t now)
{
	struct request *r;

	for (; a->oldest < a->next; a->oldest++) {
		r = &a->slots[a->oldest % a->slot_count];
		if (r->phase == PHASE_FREE)
			continue;
		if (now < r->scheduled + a->options.timeout)
			return;
		if (r->phase == PHASE_CLOSING)
			request_free(r);
		else
			request_fail(a, r, "timeout");
	}
}

/* Starts every request whose time has come.  One that we ourselves are late for is late for the
 * client too: it keeps its scheduled time. */
static void start_due(struct asker *a)
{
	int64_t now = now_ns();
	struct request *r;

	if (now >= a->started + a->options.seconds)
		a->stopping = true;
	while (!a->stopping && request_time(a, a->next) <= now) {
		/* Makes room in the ring: it holds all that can be younger than the timeout. */
		expire(a, now);
		r = &a->slots[a->next % a->slot_count];
		r->scheduled = request_time(a, a->next);
		r->number = a->next++;
		if (now - r->scheduled >= a->options.timeout)
			request_fail(a, r, "this client itself was held up");
		else
			request_start(a, r);
		now = now_ns();
	}
}

static bool outstanding(struct asker *a)
{
	while (a->oldest < a->next && a->slots[a->oldest % a->slot_count].phase == PHASE_FREE)
		a->oldest++;
	return a->oldest < a->next;
}

/* Wakes us for the next request or the next deadline. */
static void timer_set(struct asker *a)
{
	int64_t next = INT64_MAX;
	struct itimerspec when = {0};

	if (!a->stopping)
		next = request_time(a, a->next);
	if (outstanding(a)) {
		int64_t deadline =
			a->slots[a->oldest % a->slot_count].scheduled + a->options.timeout;

		if (deadline < next)
			next = deadline;
	}
	when.it_value.tv_sec = next / SECOND;
	when.it_value.tv_nsec = next % SECOND;
	timerfd_settime(a->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void handle(struct asker *a, const struct epoll_event *event)
{
	struct request *r = event->data.ptr;
	struct signalfd_siginfo info;
	uint64_t ticks;

	if (event->data.ptr == &a->timer) {
		(void)!read(a->timer, &ticks, sizeof(ticks));
	} else if (event->data.ptr == &a->signals) {
		(void)!read(a->signals, &info, sizeof(info));
		a->stopping = true;
	} else if (r->phase == PHASE_CONNECTING) {
		request_send(a, r);
	} else if (r->phase != PHASE_FREE) {
		request_receive(a, r);
	}
}

static int run(struct asker *a)
{
	struct epoll_event events[64];
	int count;

	a->started = a->last_success = now_ns();
	while (start_due(a), !a->stopping || outstanding(a)) {
		if (a->stopping && a->ended == 0)
			a->ended = now_ns();
		timer_set(a);
		count = epoll_wait(a->epoll, events, 64, -1);
		if (count < 0 && errno != EINTR) {
			fprintf(stderr, "ask: epoll_wait: %s\n", strerror(errno));
			return -1;
		}
		for (int i = 0; i < count; i++)
			handle(a, &events[i]);
		expire(a, now_ns());
	}
	if (a->ended == 0)
		a->ended = now_ns();
	if (a->ended - a->last_success > a->longest_gap)
		a->longest_gap = a->ended - a->last_success;
	return 0;
}

static int watch(struct asker *a, int fd, void *what)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = what};

	return fd < 0 ? -1 : epoll_ctl(a->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int prepare(struct asker *a)
{
	const struct options *o = &a->options;
	struct rlimit files;
	sigset_t set;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	a->slot_count = (uint64_t)(o->rate * (o->timeout / MS) / 1000) + 2;
	a->slots = calloc(a->slot_count, sizeof(*a->slots));
	for (uint64_t i = 0; a->slots && i < a->slot_count; i++)
		a->slots[i].fd = -1;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	a->epoll = epoll_create1(EPOLL_CLOEXEC);
	a->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	a->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (!a->slots || a->epoll < 0 || watch(a, a->timer, &a->timer) < 0 ||
		watch(a, a->signals, &a->signals) < 0) {
		fprintf(stderr, "ask: cannot prepare: %s\n", strerror(errno));
		return -1;
	}
	if (o->log) {
		a->log = fopen(o->log, "ae");
		if (!a->log) {
			fprintf(stderr, "ask: %s: %s\n", o->log, strerror(errno));
			return -1;
		}
	}
	return 0;
}

static const char usage_text[] =
	"Usage: ask [OPTION...] ADDRESS PORT\n"
	"\n"
	"Asks http://ADDRESS:PORT/ on a fresh connection at fixed times, until SIGTERM or\n"
	"SIGINT, and then says how it went.  A late answer never delays the next request,\n"
	"and an answer's time counts from when its request was due.\n"
	"\n"
	"  --rate N         requests per second (default 200)\n"
	"  --timeout-ms N   an answer later than this is a failure (default 2000)\n"
	"  --slow-ms N      an answer later than this is slow (default 200)\n"
	"  --seconds N      stop by itself after this time (default 3600)\n"
	"  --log FILE       append failures, slow answers and changes of the server to FILE\n"
	"  --help           this text\n"
	"\n"
	"Exit status: 0 no request failed, 1 some did, 2 wrong use, or it cannot run.\n";

static void __attribute__((noreturn, format(printf, 1, 2))) usage_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("ask: ", stderr);
	vfprintf(stderr, format, arguments);
	fputs(" (see ask --help)\n", stderr);
	va_end(arguments);
	exit(2);
}

static long number(const char *name, const char *text, long max)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 1 || value > max)
		usage_error("%s: \"%s\" is not a number from 1 to %ld", name, text, max);
	return value;
}

static void parse_server(struct options *o, char *const *arguments)
{
	o->server.sin_family = AF_INET;
	if (inet_pton(AF_INET, arguments[0], &o->server.sin_addr) != 1)
		usage_error("\"%s\" is not an IPv4 address", arguments[0]);
	o->server.sin_port = htons((uint16_t)number("PORT", arguments[1], UINT16_MAX));
	snprintf(o->question, sizeof(o->question),
		"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", arguments[0]);
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option table[] = {
		{.name = "rate", .has_arg = required_argument, .val = 'r'},
		{.name = "timeout-ms", .has_arg = required_argument, .val = 't'},
		{.name = "slow-ms", .has_arg = required_argument, .val = 's'},
		{.name = "seconds", .has_arg = required_argument, .val = 'd'},
		{.name = "log", .has_arg = required_argument, .val = 'l'},
		{.name = "help", .val = 'h'},
		{0},
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		switch (option) {
		case 'r':
			o->rate = number("--rate", optarg, 10000);
			break;
		case 't':
			o->timeout = number("--timeout-ms", optarg, 60000) * MS;
			break;
		case 's':
			o->slow = number("--slow-ms", optarg, 60000) * MS;
			break;
		case 'd':
			o->seconds = number("--seconds", optarg, 86400) * SECOND;
			break;
		case 'l':
			o->log = optarg;
			break;
		case 'h':
			fputs(usage_text, stdout);
			exit(0);
		default:
			usage_error("wrong option or missing value: %s", argv[optind - 1]);
		}
	}
	if (argc - optind != 2)
		usage_error("ADDRESS and PORT are needed, and nothing more");
	parse_server(o, argv + optind);
	if (o->rate * (o->timeout / MS) / 1000 > OUTSTANDING_MAX)
		usage_error("--rate %ld with --timeout-ms %lld: over %d requests at once", o->rate,
			(long long)(o->timeout / MS), OUTSTANDING_MAX);
}

static void report(const struct asker *a)
{
	printf("asked %llu, failed %llu, slow %llu, longest gap %lld ms\n",
		(unsigned long long)a->next, (unsigned long long)a->failed,
		(unsigned long long)a->slow, (long long)to_ms(a->longest_gap));
	for (size_t i = 0; i < a->body_count; i++)
		printf("answers %s %llu\n", a->bodies[i].line,
			(unsigned long long)a->bodies[i].count);
}

int main(int argc, char **argv)
{
	struct asker a = {
		.options = {.rate = 200,
			.timeout = 2000 * MS,
			.slow = 200 * MS,
			.seconds = 3600 * SECOND},
	};
	int status;

	parse(&a.options, argc, argv);
	status = prepare(&a);
	if (status == 0)
		status = run(&a);
	if (status == 0)
		report(&a);
	if (a.log)
		fclose(a.log);
	free(a.slots);
	return status < 0 ? 2 : a.failed > 0;
}
