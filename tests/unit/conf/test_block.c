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

static int check_port(cfg_t *section, cfg_opt_t *option)
{
	if (cfg_opt_getnint(option, 0) < 1)
		return block_problem(section, "port %ld is below 1", cfg_opt_getnint(option, 0));
	return 0;
}

static cfg_opt_t *options(void)
{
	static cfg_opt_t login[] = {
		CFG_STR("user", "root", CFGF_NONE),
		CFG_INT("port", 22, CFGF_NONE),
		CFG_END(),
	};
	static cfg_opt_t node[] = {
		CFG_STR("address", NULL, CFGF_NONE),
		CFG_INT("port", 22, CFGF_NONE),
		CFG_BOOL("spare", cfg_false, CFGF_NONE),
		CFG_FLOAT("weight", 1.0, CFGF_NONE),
		CFG_END(),
	};
	static cfg_opt_t cluster[] = {
		CFG_STR_LIST("services", NULL, CFGF_NONE),
		CFG_STR("profile", NULL, CFGF_NONE),
		CFG_SEC("ssh", login, CFGF_NONE),
		CFG_SEC("node", node, CFGF_TITLE | CFGF_MULTI),
		CFG_END(),
	};
	static cfg_opt_t root[] = {
		CFG_SEC("cluster", cluster, CFGF_TITLE | CFGF_MULTI),
		CFG_END(),
	};

	node[1].validcb = check_port;
	return root;
}

static cfg_t *read_bytes(const char *bytes, char **text)
{
	struct problems problems = {0};
	cfg_t *cfg = block_parse_bytes("f.conf", bytes, options(), &problems);

	*text = problems_text(&problems);
	problems_clear(&problems);
	return cfg;
}

static void expect(const char *bytes, const char *wanted)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_cfg) cfg_t *cfg = read_bytes(bytes, &text);

	assert_non_null(cfg);
	assert_string_equal(text, wanted);
}

static void test_good_file(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_cfg)
	cfg_t *cfg = read_bytes("# a comment\r\n"
				"cluster 'demo' { /* two\nlines */\n"
				"\tservices = {\"a b\", 'c\\d', e,} // rest\n"
				"\tprofile = \"p\\\"\\\\\\n\\$x\"\n"
				"\tnode n1 { address = http://192.0.2.1/x port = 2222 }\n"
				"\tnode n2\n\t{\n\t\tspare = on weight = 2.5\n\t}\n"
				"}\n",
		&text);
	cfg_t *cluster = cfg_getnsec(cfg, "cluster", 0);

	(void)state;
	assert_string_equal(text, "");
	assert_string_equal(cfg_title(cluster), "demo");
	assert_int_equal(cfg_size(cluster, "services"), 3);
	assert_string_equal(cfg_getnstr(cluster, "services", 0), "a b");
	assert_string_equal(cfg_getnstr(cluster, "services", 1), "c\\d");
	assert_string_equal(cfg_getstr(cluster, "profile"), "p\"\\\n$x");
	assert_int_equal(cfg_size(cluster, "node"), 2);
	assert_string_equal(
		cfg_getstr(cfg_getnsec(cluster, "node", 0), "address"), "http://192.0.2.1/x");
	assert_int_equal(cfg_getint(cfg_getnsec(cluster, "node", 0), "port"), 2222);
	assert_true(cfg_getbool(cfg_getnsec(cluster, "node", 1), "spare"));
	assert_string_equal(cfg_getstr(cfg_getsec(cluster, "ssh"), "user"), "root");
}

static void test_all_problems_at_once(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_cfg)
	cfg_t *cfg = read_bytes("# comments\n# do not\n# shift lines\n"
				"cluster \"demo\" {\n"
				"  profil = \"x\"\n"
				"  node \"a\" {\n"
				"    port = 0\n"
				"    spare = maybe\n"
				"    weight = heavy\n"
				"  }\n"
				"  ssh { port = 1o; user = \"me\" }\n"
				"  services = \n"
				"  profile = \"p\"\n"
				"  node \"b\" { address \"192.0.2.2\"\n port = -1 }\n"
				"}\n",
		&text);
	cfg_t *cluster = cfg_getnsec(cfg, "cluster", 0);

	(void)state;
	/* First what the syntax says, then what the callbacks say. */
	assert_string_equal(text,
		"f.conf:5: unknown option \"profil\" in cluster \"demo\"; known are: services, profile, ssh, node\n"
		"f.conf:8: spare must be true, false, on, off, yes or no, not \"maybe\"\n"
		"f.conf:9: weight must be a number, not \"heavy\"\n"
		"f.conf:11: port must be a whole number, not \"1o;\"\n"
		"f.conf:12: expected a list in braces for \"services\", found \"profile\"\n"
		"f.conf:14: expected \"=\" after \"address\", found \"192.0.2.2\"\n"
		"f.conf:7: port 0 is below 1\n"
		"f.conf:15: port -1 is below 1");
	/* What stands between the problems is read all the same. */
	assert_string_equal(cfg_getstr(cluster, "profile"), "p");
	assert_string_equal(cfg_getstr(cfg_getsec(cluster, "ssh"), "user"), "me");
	assert_int_equal(cfg_size(cluster, "node"), 2);
}

static void test_braces(void **state)
{
	(void)state;
	expect("cluster \"demo\" {\n node \"a\" {\n port = 1\n node \"b\" { port = 2 }\n}\n",
		"f.conf:4: section \"node\" cannot stand inside node \"a\" (line 2): is its \"}\" missing?");
	expect("cluster \"demo\" {\n ssh {\n port = 1 }\n",
		"f.conf:1: cluster \"demo\" begins here and is not closed: add its \"}\"");
	expect("cluster \"demo\" { }\n}\ncluster \"x\" { }\n",
		"f.conf:2: this \"}\" closes nothing: no section is open here");
	expect("cluster \"demo\" {\n services = {\"a\", \"b\"\n profile = \"p\"\n}\n",
		"f.conf:2: the list of services is not closed by \"}\" before \"profile\"");
	expect("cluster \"demo\" {\n services = {\"a\",\n node \"b\" { port = 0 }\n}\n",
		"f.conf:2: the list of services is not closed by \"}\" before \"node\"\n"
		"f.conf:3: port 0 is below 1");
	expect("cluster \"demo\" { services = {\"a\"",
		"f.conf:1: the list of services is not closed by \"}\" before the end of the file\n"
		"f.conf:1: cluster \"demo\" begins here and is not closed: add its \"}\"");
	expect("cluster \"demo\" {\n services = {\"a\" \"b\",\n = c\n}\n profile = \"p\" }\n",
		"f.conf:2: a \",\" is missing before \"b\" in the list of services\n"
		"f.conf:2: the list of services is not closed by \"}\" before \"=\"");
	expect("= 3 {\n}\n\ncluster \"demo\" { }\n{ }",
		"f.conf:1: expected the name of an option, found \"=\"\n"
		"f.conf:5: expected the name of an option, found \"{\"");
	expect("cluster\n",
		"f.conf:1: expected a name and \"{\" after \"cluster\", found the end of the file");
	expect("cluster {\n foo = 1 }\n",
		"f.conf:1: section \"cluster\" needs a name before its \"{\"\n"
		"f.conf:2: unknown option \"foo\" in section \"cluster\"; known are: services, profile, ssh, node");
	expect("cluster \"demo\" { ssh \"x\" { } }\n",
		"f.conf:1: section \"ssh\" takes no name before its \"{\"");
	expect("foo \"bar\"\n{\n  a = {1, 2}\n  b { }\n}\ncluster \"demo\" { profile = {\"a\"} }\n",
		"f.conf:1: unknown option \"foo\" in the file, outside all sections; known are: cluster\n"
		"f.conf:6: expected one value for \"profile\", found \"{\"");
}

static void test_given_twice(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_cfg)
	cfg_t *cfg = read_bytes("cluster \"demo\" {\n profile = \"p\"\n profile = \"q\"\n"
				" node \"a\" { address = \"1\" }\n node \"a\" { address = \"2\" }\n"
				" ssh { }\n ssh { }\n services += {\"x\"}\n services += \"y\"\n"
				" services += {}\n}\n",
		&text);
	cfg_t *cluster = cfg_getnsec(cfg, "cluster", 0);

	(void)state;
	assert_string_equal(text,
		"f.conf:3: \"profile\" is given again, first in line 2: keep one\n"
		"f.conf:5: node \"a\" is given again, first in line 4: keep one\n"
		"f.conf:7: \"ssh\" is given again, first in line 6: keep one");
	assert_string_equal(cfg_getstr(cluster, "profile"), "p");
	assert_int_equal(cfg_size(cluster, "node"), 1);
	assert_string_equal(cfg_getstr(cfg_getnsec(cluster, "node", 0), "address"), "1");
	assert_int_equal(cfg_size(cluster, "services"), 2);
}

static void test_strings(void **state)
{
	(void)state;
	expect("cluster \"demo\" {\n profile = \"p\n services = {'a}\n}\n",
		"f.conf:2: the string is not closed by \" on its own line\n"
		"f.conf:3: the string is not closed by ' on its own line");
	expect("cluster \"demo\" { profile = \"\\q\"\n}\n",
		"f.conf:1: unknown escape \"\\q\" in a string: write \"\\\\\" for a backslash");
	expect("cluster \"demo\" { }\n/* open\n\n",
		"f.conf:2: the comment that begins here is not closed by \"*/\"");
	expect("cluster \"de\x1b[31m\" { \x01 = 3\n}\n",
		"f.conf:1: unknown option \"\\x01\" in cluster \"de\\x1b[31m\"; known are: services, profile, ssh, node");
}

static void test_long_strings(void **state)
{
	static const char script[] = "\n# ${HOME} \\/ \"a\" 'b' $(c) \\n {\n\tx = '' y\n";
	CLEANUP(cleanup_free)
	char *bytes = text_format("cluster \"demo\" {\n profile = '''%s'''\n zz = 1 }\n", script);
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_cfg) cfg_t *cfg = read_bytes(bytes, &text);

	(void)state;
	assert_string_equal(cfg_getstr(cfg_getsec(cfg, "cluster"), "profile"), script);
	/* Lines are still counted right. */
	assert_string_equal(text,
		"f.conf:6: unknown option \"zz\" in cluster \"demo\"; known are: services, profile, ssh, node");
	expect("cluster \"demo\" {\n profile = '''x\n }\n}\n",
		"f.conf:2: the string that begins here is not closed by '''\n"
		"f.conf:1: cluster \"demo\" begins here and is not closed: add its \"}\"");
}

/* What libconfuse offers to reach out of the file must not work, nor pass silently. */
static void test_nothing_reaches_outside(void **state)
{
	static const char refused[] =
		"\"${\" would mean an environment variable, and these are not looked up here: write the value itself, or single quotes around the characters";
	CLEANUP(cleanup_free)
	char *wanted = text_format("f.conf:2: %s\nf.conf:3: %s", refused, refused);
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_cfg) cfg_t *cfg = NULL;

	(void)state;
	expect("cluster \"demo\" {\n profile = \"${HOME}\"\n services = ${HOME}\n}\n", wanted);
	expect("include(\"/etc/passwd\")\n",
		"f.conf:1: unknown option \"include\" in the file, outside all sections; known are: cluster");
	cfg = read_bytes(
		"cluster \"demo\" { profile = '${HOME}' services = {\"\\${HOME}\", ~} }", &text);
	assert_string_equal(text, "");
	assert_string_equal(cfg_getstr(cfg_getnsec(cfg, "cluster", 0), "profile"), "${HOME}");
	assert_string_equal(cfg_getnstr(cfg_getnsec(cfg, "cluster", 0), "services", 0), "${HOME}");
	assert_string_equal(cfg_getnstr(cfg_getnsec(cfg, "cluster", 0), "services", 1), "~");
}

static void test_files(void **state)
{
	char folder[] = "/tmp/test_block.XXXXXX";
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *path = NULL, *text = NULL, *wanted = NULL, *big = NULL;

	(void)state;
	assert_non_null(mkdtemp(folder));
	path = text_format("%s/a.conf", folder);
	assert_null(block_parse(path, options(), &problems));
	assert_int_equal(file_write(path, "a = 1\n\0", 7, 0600, NULL), 0);
	assert_null(block_parse(path, options(), &problems));
	big = calloc(1, (1 << 20) + 1);
	assert_int_equal(file_write(path, big, (1 << 20) + 1, 0600, NULL), 0);
	assert_null(block_parse(path, options(), &problems));
	assert_null(block_parse(folder, options(), &problems));
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
		cmocka_unit_test(test_all_problems_at_once),
		cmocka_unit_test(test_braces),
		cmocka_unit_test(test_given_twice),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_long_strings),
		cmocka_unit_test(test_nothing_reaches_outside),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_too_many_problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
