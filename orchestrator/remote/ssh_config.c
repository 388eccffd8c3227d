/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the user's ssh configuration, and looking hosts up in it. */
#include "orchestrator/remote/ssh_config.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/base/vector.h"
#include "orchestrator/remote/ssh_words.h"

#define FILE_LIMIT (1024 * 1024)
#define DEPTH_MAX 16 /* as OpenSSH */
#define FILES_MAX 256

enum kind {
	KIND_HOST,
	KIND_MATCH,
	KIND_INCLUDE,
	KIND_ENTER, /* an included file begins: it counts as far as the line that includes it */
	KIND_LEAVE,
	KIND_HOST_NAME,
	KIND_USER,
	KIND_PORT,
	KIND_KEY_NAME,
	KIND_AGENT,
	KIND_JUMP,
	KIND_COMMAND,
	KIND_TIMEOUT,
	KIND_ONLY,
	KIND_IDENTITY,
	KIND_KNOWN_HOSTS,
	KIND_OTHER,
};

static const struct {
	const char *name;
	enum kind kind;
} keywords[] = {
	{"Host", KIND_HOST},
	{"Match", KIND_MATCH},
	{"Include", KIND_INCLUDE},
	{"HostName", KIND_HOST_NAME},
	{"User", KIND_USER},
	{"Port", KIND_PORT},
	{"HostKeyAlias", KIND_KEY_NAME},
	{"IdentityAgent", KIND_AGENT},
	{"ProxyJump", KIND_JUMP},
	{"ProxyCommand", KIND_COMMAND},
	{"ConnectTimeout", KIND_TIMEOUT},
	{"IdentitiesOnly", KIND_ONLY},
	{"IdentityFile", KIND_IDENTITY},
	{"UserKnownHostsFile", KIND_KNOWN_HOSTS},
};

struct item {
	enum kind kind;
	size_t file; /* index of its name */
	unsigned line;
	struct ssh_words words;
};

struct ssh_config {
	struct item *items;
	size_t count;
	char **files;
	size_t file_count;
};

/* What a reading needs. */
struct reading {
	struct ssh_config *config;
	const char *home; /* NULL: nothing can be included */
	struct problems *problems;
};

void ssh_config_free(struct ssh_config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->count; i++)
		ssh_words_clear(&config->items[i].words);
	for (size_t i = 0; i < config->file_count; i++)
		free(config->files[i]);
	free(config->items);
	free(config->files);
	free(config);
}

static enum kind kind_of(const char *word)
{
	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if (strcasecmp(keywords[i].name, word) == 0)
			return keywords[i].kind;
	}
	return KIND_OTHER;
}

/* Takes the words. */
static void add_item(struct ssh_config *config, enum kind kind, size_t file, unsigned line,
	struct ssh_words *words)
{
	struct item *item = VECTOR_APPEND(config->items, config->count);

	*item = (struct item){.kind = kind, .file = file, .line = line};
	if (words) {
		item->words = *words;
		words->count = 0;
	}
}

/* What is wrong with the values, or NULL. Owned. */
static char *find_fault(enum kind kind, const struct ssh_words *words)
{
	const char *keyword = words->words[0], *value = words->count > 1 ? words->words[1] : NULL;
	CLEANUP(error_release) struct error err = {0};
	uint64_t number;

	if (!value || !*value)
		return text_format("%s without a value", keyword);
	if (kind == KIND_PORT && number_parse(value, keyword, 1, 65535, &number, &err) < 0)
		return text_copy(error_text(&err));
	if (kind == KIND_TIMEOUT && strcasecmp(value, "none") != 0 &&
		number_parse_duration(value, keyword, 0, 86400000, &number, &err) < 0)
		return text_copy(error_text(&err));
	if (kind == KIND_ONLY && strcasecmp(value, "yes") != 0 && strcasecmp(value, "no") != 0)
		return text_format("%s: \"%s\" is neither yes nor no", keyword, value);
	return NULL;
}

static void read_file(struct reading *reading, const char *path, unsigned depth);

static void include(struct reading *reading, const struct ssh_words *words, size_t file,
	unsigned line, unsigned depth)
{
	struct ssh_config *config = reading->config;

	for (size_t i = 1; i < words->count; i++) {
		const char *word = words->words[i];
		CLEANUP(cleanup_free)
		char *pattern = *word == '/' ? text_copy(word)
				: text_starts_with(word, "~/")
					? text_format("%s/%s", reading->home, word + 2)
					: text_format("%s/.ssh/%s", reading->home, word);
		glob_t found = {0};

		if (glob(pattern, 0, NULL, &found) == 0) {
			for (size_t j = 0; j < found.gl_pathc; j++) {
				add_item(config, KIND_ENTER, file, line, NULL);
				read_file(reading, found.gl_pathv[j], depth + 1);
				add_item(config, KIND_LEAVE, file, line, NULL);
			}
		}
		globfree(&found);
	}
}

static void read_line(
	struct reading *reading, const char *line, size_t file, unsigned number, unsigned depth)
{
	const char *name = reading->config->files[file];
	struct ssh_words words;
	const char *wrong = ssh_words_split(line, &words);
	CLEANUP(cleanup_free) char *fault = NULL;
	enum kind kind;

	if (wrong)
		problems_add(reading->problems, name, number, "%s", wrong);
	if (!words.count)
		return;
	kind = kind_of(words.words[0]);
	if (kind != KIND_OTHER) {
		fault = find_fault(kind, &words);
		if (!fault && kind == KIND_INCLUDE && !reading->home)
			fault = text_copy("Include is not possible here");
		if (fault)
			problems_add(reading->problems, name, number, "%s", fault);
		else if (kind == KIND_INCLUDE)
			include(reading, &words, file, number, depth);
		else
			add_item(reading->config, kind, file, number, &words);
	}
	ssh_words_clear(&words);
}

static void read_bytes(
	struct reading *reading, const char *name, const char *bytes, size_t length, unsigned depth)
{
	struct ssh_config *config = reading->config;
	size_t file = config->file_count;
	CLEANUP(cleanup_free) char *copy = NULL;
	unsigned number = 0;
	char *line, *rest;

	*VECTOR_APPEND(config->files, config->file_count) = text_copy(name);
	if (memchr(bytes, '\0', length)) {
		problems_add(reading->problems, name, 0, "it holds a zero byte");
		return;
	}
	copy = text_format("%.*s", (int)length, bytes);
	rest = copy;
	while ((line = strsep(&rest, "\n")))
		read_line(reading, line, file, ++number, depth);
}

static void read_file(struct reading *reading, const char *path, unsigned depth)
{
	CLEANUP(cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	CLEANUP(cleanup_free) char *bytes = NULL;
	CLEANUP(error_release) struct error err = {0};
	struct stat status;
	size_t length;

	if (depth > DEPTH_MAX || reading->config->file_count >= FILES_MAX) {
		problems_add(reading->problems, path, 0,
			"files include each other more than %d deep, or there are more than %d",
			DEPTH_MAX, FILES_MAX);
		return;
	}
	if (descriptor < 0 || fstat(descriptor, &status) < 0) {
		problems_add(reading->problems, path, 0, "cannot open it: %s", strerror(errno));
		return;
	}
	/* Who may write it decides where we log in, and with what. */
	if ((status.st_uid != 0 && status.st_uid != getuid()) || (status.st_mode & 022)) {
		problems_add(reading->problems, path, 0,
			"others than its user may write it, so it is not used (chmod go-w)");
		return;
	}
	if (file_read_descriptor(descriptor, path, FILE_LIMIT, &bytes, &length, &err) < 0)
		problems_add(reading->problems, path, 0, "%s", error_text(&err));
	else
		read_bytes(reading, path, bytes, length, depth);
}

static struct reading begin(const char *home, struct problems *problems)
{
	struct ssh_config *config = vector_resize(NULL, 1, sizeof(*config));

	*config = (struct ssh_config){0};
	return (struct reading){.config = config, .home = home, .problems = problems};
}

static int finish(struct reading *reading, struct ssh_config **config, struct problems *problems,
	struct error *err)
{
	problems_append(problems, reading->problems);
	if (reading->problems->count) {
		ssh_config_free(reading->config);
		return problems_error(reading->problems, err);
	}
	*config = reading->config;
	return 0;
}

int ssh_config_load(const char *path, bool optional, const char *home, struct ssh_config **config,
	struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_problems) struct problems own = {0};
	struct reading reading;

	if (access(path, F_OK) < 0 && errno == ENOENT && !optional)
		return error_system(err, ENOENT, "cannot open the ssh configuration %s", path);
	reading = begin(home, &own);
	if (access(path, F_OK) == 0 || errno != ENOENT)
		read_file(&reading, path, 0);
	return finish(&reading, config, problems, err);
}

int ssh_config_parse(const char *file, const char *bytes, size_t length, struct ssh_config **config,
	struct problems *problems, struct error *err)
{
	CLEANUP(cleanup_problems) struct problems own = {0};
	struct reading reading = begin(NULL, &own);

	read_bytes(&reading, file, bytes, length, 0);
	return finish(&reading, config, problems, err);
}

/* A look-up under way. */
struct search {
	const struct ssh_config *config;
	const char *name;
	struct ssh_config_host *host;
	bool within[DEPTH_MAX + 2]; /* what counts in the file, by depth */
	bool active[DEPTH_MAX + 2]; /* and in the block */
	size_t depth;
	/* The block's Match whose condition is not judged here, or NULL. */
	const struct item *unjudged[DEPTH_MAX + 2];
};

static bool match_list(const char *list, const char *word)
{
	CLEANUP(cleanup_free) char *copy = text_copy(list);
	const char *patterns[SSH_WORDS_MAX];
	size_t count = 0;
	char *rest = copy, *each;

	while ((each = strsep(&rest, ",")) && count < SSH_WORDS_MAX)
		patterns[count++] = each;
	return ssh_words_match(patterns, count, word);
}

/* all, host LIST, originalhost LIST; whatever else is not judged. */
static void search_match(struct search *search, const struct item *item)
{
	const struct ssh_words *words = &item->words;
	const char *host_name = search->host->host_name;
	bool matched = true;

	for (size_t i = 1; i < words->count; i++) {
		const char *criterion = words->words[i], *list;

		if (strcasecmp(criterion, "all") == 0)
			continue;
		list = i + 1 < words->count ? words->words[++i] : "";
		if (strcasecmp(criterion, "originalhost") == 0)
			matched &= match_list(list, search->name);
		else if (strcasecmp(criterion, "host") == 0 &&
			 (!host_name || !strchr(host_name, '%')))
			matched &= match_list(list, host_name ?: search->name);
		else
			search->unjudged[search->depth] = item;
	}
	search->active[search->depth] = search->within[search->depth] && matched;
	if (!matched)
		search->unjudged[search->depth] = NULL;
}

static void add_files(const char **list, const struct ssh_words *words)
{
	size_t count = 0;

	while (list[count])
		count++;
	for (size_t i = 1; i < words->count && count < HOP_FILES_MAX; i++)
		list[count++] = words->words[i];
}

static void say_first(const char **place, const char *value)
{
	if (!*place)
		*place = value;
}

static int refuse(
	const struct search *search, const struct item *item, const char *what, struct error *err)
{
	return error_set(err, EINVAL,
		"%s:%u: %s; write it otherwise, or give the cluster file a configuration of its own (ssh { config = \"PATH\" }, or \"none\")",
		search->config->files[item->file], item->line, what);
}

static int search_option(struct search *search, const struct item *item, struct error *err)
{
	struct ssh_config_host *host = search->host;
	const char *value = item->words.words[1];

	switch (item->kind) {
	case KIND_HOST_NAME:
		say_first(&host->host_name, value);
		break;
	case KIND_USER:
		say_first(&host->user, value);
		break;
	case KIND_PORT:
		say_first(&host->port, value);
		break;
	case KIND_KEY_NAME:
		say_first(&host->key_name, value);
		break;
	case KIND_AGENT:
		say_first(&host->agent, value);
		break;
	case KIND_COMMAND:
		if (!host->jump && strcasecmp(value, "none") != 0)
			return refuse(search, item,
				"ProxyCommand is not carried out by haupgrade, only ProxyJump is",
				err);
		say_first(&host->jump, "none");
		break;
	case KIND_JUMP:
		say_first(&host->jump, value);
		break;
	case KIND_TIMEOUT:
		if (!host->connect_timeout_ms)
			number_parse_duration(
				value, "", 0, 86400000, &host->connect_timeout_ms, NULL);
		break;
	case KIND_ONLY:
		if (!host->only_said)
			host->identities_only = strcasecmp(value, "yes") == 0;
		host->only_said = true;
		break;
	case KIND_IDENTITY:
		add_files(host->identities, &item->words);
		break;
	case KIND_KNOWN_HOSTS:
		if (!host->known_hosts[0])
			add_files(host->known_hosts, &item->words);
		break;
	case KIND_HOST:
	case KIND_MATCH:
	case KIND_INCLUDE:
	case KIND_ENTER:
	case KIND_LEAVE:
	case KIND_OTHER:
		break;
	}
	return 0;
}

static void enter(struct search *search)
{
	bool active = search->active[search->depth];
	const struct item *unjudged = search->unjudged[search->depth];

	search->depth++;
	search->within[search->depth] = search->active[search->depth] = active;
	search->unjudged[search->depth] = unjudged;
}

static int search_item(struct search *search, const struct item *item, struct error *err)
{
	size_t depth = search->depth;

	if (item->kind == KIND_ENTER) {
		enter(search);
	} else if (item->kind == KIND_LEAVE) {
		search->depth--;
	} else if (item->kind == KIND_HOST || item->kind == KIND_MATCH) {
		search->unjudged[depth] = depth ? search->unjudged[depth - 1] : NULL;
		search->active[depth] = search->within[depth] &&
					ssh_words_match((const char *const *)item->words.words + 1,
						item->words.count - 1, search->name);
		if (item->kind == KIND_MATCH)
			search_match(search, item);
	} else if (search->active[depth] && search->unjudged[depth]) {
		return refuse(search, search->unjudged[depth],
			"whether this Match applies is not judged by haupgrade", err);
	} else if (search->active[depth]) {
		return search_option(search, item, err);
	}
	return 0;
}

int ssh_config_look_up(const struct ssh_config *config, const char *name,
	struct ssh_config_host *host, struct error *err)
{
	struct ssh_config_host found = {0};
	struct search search = {.config = config, .name = name, .host = &found};
	int result = 0;

	search.within[0] = search.active[0] = true;
	for (size_t i = 0; config && i < config->count && result == 0; i++)
		result = search_item(&search, &config->items[i], err);
	if (result == 0)
		*host = found;
	return result;
}
