/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of blocks: every problem is told with its line, and what is good is still read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/base/text.h"
#include "lib/conf/block.h"

enum colour { COLOUR_NONE, COLOUR_RED, COLOUR_GREEN };

struct node {
	char *name;
	char *address;
	uint16_t port;
	bool spare;
	uint64_t wait_ms;
};

struct login {
	char *user;
	char *key;
	uint32_t port;
};

struct list {
	char **items;
	size_t count;
};

struct cluster {
	char *name;
	struct list services;
	struct list command;
	char *profile;
	enum colour colour;
	struct login ssh;
	struct node *nodes;
	size_t node_count;
	unsigned int own;
};

struct file {
	struct cluster *items;
	size_t count;
};

static void check_service(const struct block_place *place, const char *value, void *field)
{
	const struct list *earlier = field;
	const char *most = place->source->context;

	if (most && earlier->count == (size_t)(*most - '0'))
		block_problem(place, "%s: \"%s\" is one too many", place->option->name, value);
}

static void take_own(const struct block_place *place, const char *value, void *field)
{
	(void)place;
	*(unsigned int *)field += (unsigned int)strlen(value);
}

static void finish_cluster(const struct block_place *place, void *section)
{
	const struct cluster *cluster = section;

	if (block_given(place, "ssh") && !strcmp(cluster->ssh.user, "nobody"))
		block_problem(place, "cluster \"%s\": nobody cannot log in", cluster->name);
}

static const char *const colours[] = {"red", "green", "blue", NULL};

static const struct block_option login_options[] = {
	{"user", BLOCK_TEXT, BLOCK_FIELD(struct login, user), .fallback = "root"},
	{"key", BLOCK_PATH, BLOCK_FIELD(struct login, key)},
	{"port", BLOCK_NUMBER, BLOCK_FIELD(struct login, port), .low = 1, .high = 65535,
		.initial = 22},
};
static const struct block_section login_section = {BLOCK_OPTIONS(login_options)};

static const struct block_option node_options[] = {
	{"address", BLOCK_TEXT, BLOCK_FIELD(struct node, address)},
	{"port", BLOCK_NUMBER, BLOCK_FIELD(struct node, port), .low = 1, .high = 65535,
		.initial = 22},
	{"spare", BLOCK_YES_NO, BLOCK_FIELD(struct node, spare)},
	{"wait", BLOCK_DURATION, BLOCK_FIELD(struct node, wait_ms), .low = 1, .high = 9000},
};
static const struct block_section node_section = {
	BLOCK_OPTIONS(node_options),
	.size = sizeof(struct node),
	.title = offsetof(struct node, name),
};

static const struct block_option cluster_options[] = {
	{"services", BLOCK_LIST, BLOCK_ITEMS(struct cluster, services.items, services.count),
		.check = check_service},
	{"command", BLOCK_COMMAND, BLOCK_ITEMS(struct cluster, command.items, command.count)},
	{"profile", BLOCK_TEXT, BLOCK_FIELD(struct cluster, profile)},
	{"colour", BLOCK_CHOICE, BLOCK_FIELD(struct cluster, colour), .low = COLOUR_RED,
		.words = colours},
	{"ssh", BLOCK_SECTION, BLOCK_FIELD(struct cluster, ssh), .section = &login_section},
	{"node", BLOCK_NAMED, BLOCK_ITEMS(struct cluster, nodes, node_count), .high = 3,
		.section = &node_section},
	{"own", BLOCK_OWN_LIST, BLOCK_FIELD(struct cluster, own), .check = take_own},
};
static const struct block_section cluster_section = {
	BLOCK_OPTIONS(cluster_options),
	.size = sizeof(struct cluster),
	.title = offsetof(struct cluster, name),
	.finish = finish_cluster,
};

static const struct block_option file_options[] = {
	{"cluster", BLOCK_NAMED, BLOCK_ITEMS(struct file, items, count),
		.section = &cluster_section},
};
static const struct block_section file_section = {BLOCK_OPTIONS(file_options)};

/* A cluster of which two options have to be given. */
static const struct block_option strict_options[] = {
	{"profile", BLOCK_TEXT, BLOCK_FIELD(struct cluster, profile), .required = ""},
	{"services", BLOCK_LIST, BLOCK_ITEMS(struct cluster, services.items, services.count),
		.required = "what runs there"},
};
static const struct block_section strict_section = {
	BLOCK_OPTIONS(strict_options),
	.size = sizeof(struct cluster),
	.title = offsetof(struct cluster, name),
};
static const struct block_option strict_file_options[] = {
	{"cluster", BLOCK_NAMED, BLOCK_ITEMS(struct file, items, count), .high = 1,
		.section = &strict_section},
};
static const struct block_section strict_file = {BLOCK_OPTIONS(strict_file_options)};

static void cleanup_file(struct file *file)
{
	block_clear(&file_section, file);
}

static struct file read_bytes(const char *bytes, char **text)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct file file = {0};

	block_read(&(struct block_source){.path = "/d/f.conf", .bytes = bytes}, &file_section,
		&file, &problems);
	*text = problems_text(&problems);
	return file;
}

static void expect(const char *bytes, const char *wanted)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_file) struct file file = {0};

	file = read_bytes(bytes, &text);
	assert_string_equal(text, wanted);
}

static void test_good_file(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_file)
	struct file file = read_bytes("# a comment\r\n"
				      "cluster 'demo' { /* two\nlines */\n"
				      "\tservices = {\"a b\", 'c\\d', e,} // rest\n"
				      "\tprofile = \"p\\\"\\\\\\$x\" colour = green own = {a, bc}\n"
				      "\tcommand = {\"sh\", '-c', \"a\\n\\tb\"}\n"
				      "\tnode n1 { address = http://192.0.2.1/x port = 2222 }\n"
				      "\tnode n2\n\t{\n\t\tspare = yes wait = 2.5\n\t}\n"
				      "\tssh { key = \"sub/key\" }\n"
				      "}\n",
		&text);
	const struct cluster *cluster = file.items;

	(void)state;
	assert_string_equal(text, "");
	assert_int_equal(file.count, 1);
	assert_string_equal(cluster->name, "demo");
	assert_int_equal(cluster->services.count, 3);
	assert_string_equal(cluster->services.items[0], "a b");
	assert_string_equal(cluster->services.items[1], "c\\d");
	assert_null(cluster->services.items[3]);
	assert_string_equal(cluster->command.items[2], "a\n\tb");
	assert_string_equal(cluster->profile, "p\"\\$x");
	assert_int_equal(cluster->colour, COLOUR_GREEN);
	assert_int_equal(cluster->own, 3);
	assert_int_equal(cluster->node_count, 2);
	assert_string_equal(cluster->nodes[0].address, "http://192.0.2.1/x");
	assert_int_equal(cluster->nodes[0].port, 2222);
	assert_int_equal(cluster->nodes[1].port, 22);
	assert_int_equal(cluster->nodes[1].wait_ms, 2500);
	assert_true(cluster->nodes[1].spare);
	assert_string_equal(cluster->ssh.user, "root");
	assert_string_equal(cluster->ssh.key, "/d/sub/key");
}

static void test_what_no_editor_shows(void **state)
{
	(void)state;
	expect("\xef\xbb\xbf"
	       "cluster c { }",
		"/d/f.conf:1: the file begins with a byte order mark, which no editor shows; save it as plain UTF-8, without");
	/* The comment goes on to the end of the file. */
	expect("\ncluster c { # one\r profile = p\r }\n",
		"/d/f.conf:2: a carriage return that no new line follows: what seems to be a line of its own is none; save the file with line ends LF or CRLF\n"
		"/d/f.conf:2: cluster \"c\" begins here and is not closed: add its \"}\"");
	expect("cluster c { profile = p }\r", "");
}

static void append_times(struct text *text, size_t times, const char *words)
{
	for (size_t i = 0; i < times; i++)
		text_append(text, words);
}

/* All of these within the megabyte that a file may have; each took minutes, or would. */
static void test_far_too_much_of_something(void **state)
{
	static const struct {
		const char *begin, *again, *end, *expected;
		size_t times;
	} cases[] = {
		{"cluster c { services = {", "a,", "} }",
			"/d/f.conf:1: the list of services has 500000 values, the limit is 1000",
			500000},
		{"cluster c {\n", "services += {a,a,a,a}\n", "}",
			"/d/f.conf:252: the list of services has 1004 values, the limit is 1000",
			251},
		{"cluster c {\n", "services += a\n", "}",
			"/d/f.conf:1002: more than 1000 options and sections in cluster \"c\"",
			70000},
		{"cluster c {\n", "node \"n\" {\n", "}",
			"too many problems: only the first 99 are shown", 90000},
		{"", "cluster c {\n", "", "too many problems: only the first 99 are shown", 80000},
		{"", "{\n", "", "expected the name of an option, found \"{\"", 500000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(cleanup_text) struct text bytes = {0};
		CLEANUP(cleanup_file) struct file file = {0};
		CLEANUP(cleanup_free) char *text = NULL;

		text_append(&bytes, cases[i].begin);
		append_times(&bytes, cases[i].times, cases[i].again);
		text_append(&bytes, cases[i].end);
		file = read_bytes(text_string(&bytes), &text);
		if (!strstr(text, cases[i].expected))
			fail_msg("\"%s\" is not in \"%s\"", cases[i].expected, text);
	}
}

/* Also in sections that are not in the file. */
static void test_what_is_not_given(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_file) struct file file = read_bytes("cluster c { }", &text);

	(void)state;
	assert_string_equal(text, "");
	assert_int_equal(file.items->ssh.port, 22);
	assert_string_equal(file.items->ssh.user, "root");
	assert_null(file.items->ssh.key);
	assert_null(file.items->profile);
	assert_int_equal(file.items->colour, COLOUR_NONE);
	assert_int_equal(file.items->services.count, 0);
	assert_non_null(file.items->services.items);
	assert_null(file.items->services.items[0]);
	assert_null(file.items->nodes);
}

static void test_all_problems_at_once(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_file)
	struct file file = read_bytes("# comments\n# do not\n# shift lines\n"
				      "cluster \"demo\" {\n"
				      "  profil = \"x\"\n"
				      "  node \"a\" {\n"
				      "    port = 0\n"
				      "    spare = maybe\n"
				      "    wait = long\n"
				      "  }\n"
				      "  ssh { port = 1o; user = \"nobody\" }\n"
				      "  services = \n"
				      "  profile = \"p\" colour = pink\n"
				      "  node \"b\" { address \"192.0.2.2\"\n port = -1 }\n"
				      "}\n",
		&text);
	const struct cluster *cluster = file.items;

	(void)state;
	/* First what the syntax says, then what is wrong with values, then with the sections. */
	assert_string_equal(text,
		"/d/f.conf:5: unknown option \"profil\" in cluster \"demo\"; known are: services, command, profile, colour, ssh, node, own\n"
		"/d/f.conf:12: expected a list in braces for \"services\", found \"profile\"\n"
		"/d/f.conf:14: expected \"=\" after \"address\", found \"192.0.2.2\"\n"
		"/d/f.conf:7: port: '0' is not a whole number from 1 to 65535\n"
		"/d/f.conf:8: spare: \"maybe\" is neither yes nor no\n"
		"/d/f.conf:9: wait: 'long' is not a time from 1ms to 9000ms (write it as 2, 1.5, 500ms, 5m)\n"
		"/d/f.conf:11: port: '1o;' is not a whole number from 1 to 65535\n"
		"/d/f.conf:13: colour: \"pink\" is not known; it is \"red\", \"green\" or \"blue\"\n"
		"/d/f.conf:15: port: '-1' is not a whole number from 1 to 65535\n"
		"/d/f.conf:16: cluster \"demo\": nobody cannot log in");
	/* What stands between the problems is read all the same. */
	assert_string_equal(cluster->profile, "p");
	assert_string_equal(cluster->ssh.user, "nobody");
	assert_int_equal(cluster->node_count, 2);
}

static void test_values(void **state)
{
	CLEANUP(cleanup_free) char *longest = text_format("%01024d", 0);
	CLEANUP(cleanup_free)
	char *text = text_format("cluster c {\nprofile = %s\nservices = {%s0}\ncommand = {%s0}}",
		longest, longest, longest);

	(void)state;
	expect(text, "/d/f.conf:3: services: longer than 1024 bytes");
	expect("cluster c {\nprofile = \"\"\ncommand = {a, ''}\nservices = {\"a\\tb\"} }",
		"/d/f.conf:2: profile: must not be empty\n"
		"/d/f.conf:3: command: must not be empty\n"
		"/d/f.conf:4: services: \"a\\x09b\" holds a control character or new line");
	expect("cluster c { ssh { key = \"~/key\" } }",
		"/d/f.conf:1: key: \"~\" is not expanded here: write the whole path");
	expect("cluster c {\n node a { }\n node b { }\n node c { }\n node d { }\n node e { }\n}",
		"/d/f.conf:5: more than 3 nodes");
}

static void test_checks_know_what_came_before(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_file) struct file file = {0};
	CLEANUP(cleanup_free) char *text = NULL;
	const struct block_source source = {.path = "f.conf",
		.bytes = "cluster c {\n services = {a, b,\n c}\n}",
		.context = (char[]){"2"}};

	(void)state;
	block_read(&source, &file_section, &file, &problems);
	text = problems_text(&problems);
	assert_string_equal(text, "f.conf:3: services: \"c\" is one too many");
}

static void test_missing_options_are_told_with_their_hint(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *text = NULL;
	struct file file = {0};

	(void)state;
	block_read(&(struct block_source){.path = "f.conf",
			   .bytes = "cluster a { }\ncluster b {\n services = {} profile = p }\n"
				    "cluster c { services = x profile = p }"},
		&strict_file, &file, &problems);
	text = problems_text(&problems);
	block_clear(&strict_file, &file);
	assert_string_equal(text, "f.conf:1: cluster \"a\": profile is missing\n"
				  "f.conf:1: cluster \"a\": services is missing: what runs there\n"
				  "f.conf:3: cluster \"b\": services is missing: what runs there\n"
				  "f.conf:3: cluster \"b\": a file holds one cluster only\n"
				  "f.conf:4: cluster \"c\": a file holds one cluster only");
	assert_null(file.items);
}

static void test_braces(void **state)
{
	(void)state;
	expect("cluster \"demo\" {\n node \"a\" {\n port = 1\n node \"b\" { port = 2 }\n}\n",
		"/d/f.conf:4: section \"node\" cannot stand inside node \"a\" (line 2): is its \"}\" missing?");
	expect("cluster \"demo\" {\n ssh {\n port = 1 }\n",
		"/d/f.conf:1: cluster \"demo\" begins here and is not closed: add its \"}\"");
	expect("cluster \"demo\" { }\n}\ncluster \"x\" { }\n",
		"/d/f.conf:2: this \"}\" closes nothing: no section is open here");
	expect("cluster \"demo\" {\n services = {\"a\", \"b\"\n profile = \"p\"\n}\n",
		"/d/f.conf:2: the list of services is not closed by \"}\" before \"profile\"");
	expect("cluster \"demo\" {\n services = {\"a\",\n node \"b\" { port = 0 }\n}\n",
		"/d/f.conf:2: the list of services is not closed by \"}\" before \"node\"\n"
		"/d/f.conf:3: port: '0' is not a whole number from 1 to 65535");
	expect("cluster \"demo\" { services = {\"a\"",
		"/d/f.conf:1: the list of services is not closed by \"}\" before the end of the file\n"
		"/d/f.conf:1: cluster \"demo\" begins here and is not closed: add its \"}\"");
	expect("cluster \"demo\" {\n services = {\"a\" \"b\",\n = c\n}\n profile = \"p\" }\n",
		"/d/f.conf:2: a \",\" is missing before \"b\" in the list of services\n"
		"/d/f.conf:2: the list of services is not closed by \"}\" before \"=\"");
	expect("= 3 {\n}\n\ncluster \"demo\" { }\n{ }",
		"/d/f.conf:1: expected the name of an option, found \"=\"\n"
		"/d/f.conf:5: expected the name of an option, found \"{\"");
	expect("cluster\n",
		"/d/f.conf:1: expected a name and \"{\" after \"cluster\", found the end of the file");
	expect("cluster c",
		"/d/f.conf:1: expected \"{\" after cluster \"c\", found the end of the file");
	expect("cluster {\n foo = 1 }\n",
		"/d/f.conf:1: section \"cluster\" needs a name before its \"{\"\n"
		"/d/f.conf:2: unknown option \"foo\" in section \"cluster\"; known are: services, command, profile, colour, ssh, node, own");
	expect("cluster \"demo\" { ssh \"x\" { } }\n",
		"/d/f.conf:1: section \"ssh\" takes no name before its \"{\"");
	expect("foo \"bar\"\n{\n  a = {1, 2}\n  b { }\n}\ncluster \"demo\" { profile = {\"a\"} }\n",
		"/d/f.conf:1: unknown option \"foo\" in the file, outside all sections; known are: cluster\n"
		"/d/f.conf:6: expected one value for \"profile\", found \"{\"");
}

static void test_given_twice(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_file)
	struct file file = read_bytes(
		"cluster \"demo\" {\n profile = \"p\"\n profile = \"q\"\n"
		" node \"a\" { address = \"1\" }\n node \"a\" { address = \"2\" port = 0 }\n"
		" ssh { }\n ssh { }\n services += {\"x\"}\n services += \"y\"\n"
		" services += {}\n}\n",
		&text);
	const struct cluster *cluster = file.items;

	(void)state;
	assert_string_equal(text,
		"/d/f.conf:3: \"profile\" is given again, first in line 2: keep one\n"
		"/d/f.conf:5: node \"a\" is given again, first in line 4: keep one\n"
		"/d/f.conf:7: \"ssh\" is given again, first in line 6: keep one");
	assert_string_equal(cluster->profile, "p");
	assert_int_equal(cluster->node_count, 1);
	assert_string_equal(cluster->nodes[0].address, "1");
	assert_int_equal(cluster->services.count, 2);
}

/* "=" behind "+=" would undo it: nobody means that. */
static void test_a_list_is_set_before_it_is_added_to(void **state)
{
	(void)state;
	expect("cluster c { services = a services += b }", "");
	expect("cluster c {\n services += a\n services = b }",
		"/d/f.conf:3: \"services\" is given again, first in line 2: keep one");
}

static void test_strings(void **state)
{
	(void)state;
	expect("cluster \"demo\" {\n profile = \"p\n services = {'a}\n}\n",
		"/d/f.conf:2: the string is not closed by \" on its own line\n"
		"/d/f.conf:3: the string is not closed by ' on its own line");
	expect("cluster \"demo\" { profile = \"\\q\"\n}\n",
		"/d/f.conf:1: unknown escape \"\\q\" in a string: write \"\\\\\" for a backslash");
	expect("cluster \"demo\" { }\n/* open\n\n",
		"/d/f.conf:2: the comment that begins here is not closed by \"*/\"");
	expect("cluster \"de\x1b[31m\" { \x01 = 3\n}\n",
		"/d/f.conf:1: unknown option \"\\x01\" in cluster \"de\\x1b[31m\"; known are: services, command, profile, colour, ssh, node, own");
}

static void test_long_strings(void **state)
{
	static const char script[] = "\n# ${HOME} \\/ \"a\" 'b' $(c) \\n {\n\tx = '' y\n";
	CLEANUP(cleanup_free)
	char *bytes = text_format("cluster \"demo\" {\n command = '''%s'''\n zz = 1 }\n", script);
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_file) struct file file = read_bytes(bytes, &text);

	(void)state;
	assert_string_equal(file.items->command.items[0], script);
	/* Lines are still counted right. */
	assert_string_equal(text,
		"/d/f.conf:6: unknown option \"zz\" in cluster \"demo\"; known are: services, command, profile, colour, ssh, node, own");
	expect("cluster \"demo\" {\n profile = '''x\n }\n}\n",
		"/d/f.conf:2: the string that begins here is not closed by '''\n"
		"/d/f.conf:1: cluster \"demo\" begins here and is not closed: add its \"}\"");
}

/* What readers of other files of this kind look up outside must not pass silently. */
static void test_nothing_reaches_outside(void **state)
{
	static const char refused[] =
		"\"${\" would mean an environment variable, and these are not looked up here: write the value itself, or single quotes around the characters";
	CLEANUP(cleanup_free)
	char *wanted = text_format("/d/f.conf:2: %s\n/d/f.conf:3: %s", refused, refused);
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_file) struct file file = {0};

	(void)state;
	expect("cluster \"demo\" {\n profile = \"${HOME}\"\n services = ${HOME}\n}\n", wanted);
	expect("include(\"/etc/passwd\")\n",
		"/d/f.conf:1: unknown option \"include\" in the file, outside all sections; known are: cluster");
	file = read_bytes(
		"cluster \"demo\" { profile = '${HOME}' services = {\"\\${HOME}\", ~} }", &text);
	assert_string_equal(text, "");
	assert_string_equal(file.items->profile, "${HOME}");
	assert_string_equal(file.items->services.items[0], "${HOME}");
	assert_string_equal(file.items->services.items[1], "~");
}

static void test_files(void **state)
{
	char folder[] = "/tmp/test_block.XXXXXX";
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *path = NULL, *text = NULL, *wanted = NULL, *big = NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = text_format("%s/a.conf", folder);
	assert_null(block_load(path, &problems));
	assert_int_equal(file_write(path, "a = 1\n\0", 7, 0600, NULL), 0);
	assert_null(block_load(path, &problems));
	big = calloc(1, (1 << 20) + 1);
	assert_int_equal(file_write(path, big, (1 << 20) + 1, 0600, NULL), 0);
	assert_null(block_load(path, &problems));
	assert_null(block_load(folder, &problems));
	text = problems_text(&problems);
	wanted = text_format("%s: cannot open: No such file or directory\n"
			     "%s:2: a zero byte: this is not a text file\n"
			     "%s: larger than the limit of 1048576 bytes\n"
			     "%s: not a regular file",
		path, path, path, folder);
	assert_string_equal(text, wanted);
	unlink(path);
	rmdir(folder);
}

static void test_too_many_problems(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};

	(void)state;
	for (unsigned int i = 1; i <= 200; i++)
		problems_add(&problems, "f\n", i, "wrong\t%u", i);
	assert_int_equal(problems.count, 100);
	assert_string_equal(problems.items[0].file, "f\\x0a");
	assert_string_equal(problems.items[98].message, "wrong\\x0999");
	assert_string_equal(
		problems.items[99].message, "too many problems: only the first 99 are shown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_file),
		cmocka_unit_test(test_what_is_not_given),
		cmocka_unit_test(test_what_no_editor_shows),
		cmocka_unit_test(test_far_too_much_of_something),
		cmocka_unit_test(test_all_problems_at_once),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_checks_know_what_came_before),
		cmocka_unit_test(test_missing_options_are_told_with_their_hint),
		cmocka_unit_test(test_braces),
		cmocka_unit_test(test_given_twice),
		cmocka_unit_test(test_a_list_is_set_before_it_is_added_to),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_long_strings),
		cmocka_unit_test(test_nothing_reaches_outside),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_too_many_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
