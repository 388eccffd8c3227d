/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cluster files and profiles: what is read, every problem in its words, every keyword documented.
 */
#include <errno.h>
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
#include "orchestrator/cluster/cluster.h"
#include "orchestrator/cluster/host.h"

#define NODES "node \"a\" { address = \"192.0.2.1\" }\nnode \"b\" { address = \"192.0.2.2\" }\n"

static const char *source_folder(void)
{
	return getenv("srcdir") ? getenv("srcdir") : ".";
}

/* The problems of a cluster file, owned. */
static char *cluster_problems(const char *bytes)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(error_release) struct error err = {0};

	if (cluster_parse("/d/c.conf", bytes, &cluster, &problems, &err) < 0) {
		assert_null(cluster);
		assert_true(problems.count > 0);
		assert_true(text_starts_with(error_text(&err), "/d/c.conf:"));
	} else {
		assert_int_equal(problems.count, 0);
	}
	return problems_text(&problems);
}

static void expect(const char *bytes, const char *wanted)
{
	CLEANUP(cleanup_free) char *text = cluster_problems(bytes);

	assert_string_equal(text, wanted);
}

/* As expect for one statement inside an otherwise good cluster; it stands in line 2. */
static void expect_in_cluster(const char *statement, const char *wanted)
{
	CLEANUP(cleanup_free)
	char *bytes = text_format(
		"cluster \"c\" { profile = \"p\" floating_ips = {\"192.0.2.9\"}\n%s\n" NODES "}\n",
		statement);
	CLEANUP(cleanup_free)
	char *line = *wanted ? text_format("/d/c.conf:2: %s", wanted) : text_copy("");

	expect(bytes, line);
}

static void test_everything_given(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	if (cluster_parse("/d/c.conf",
		    "cluster \"demo\" {\n"
		    "profile = \"hacluster\"\n"
		    "floating_ips = {\"192.0.2.100\", \"192.0.2.101\"}\n"
		    "services = {\"nginx\", \"getty@tty1.service\"}\n"
		    "ssh { user = \"admin\" port = 2200 identity = \"key\"\n"
		    "  known_hosts = \"/etc/known_hosts\" connect_timeout = \"1500ms\"\n"
		    "  config = \"ssh_config\" sudo = no }\n"
		    "node \"node1\" { address = \"192.0.2.11\" port = 2222 }\n"
		    "node \"node2.example\" { address = \"fe80::1%eth0\" }\n"
		    "node \"3\" { address = \"host-3.example\" }\n"
		    "probe { tcp = \"[2001:db8::1]:80\" rate = 200 budget = 3 timeout = 1\n"
		    "  gap_budget = 3 vantage_rate = 0 held = 4 held_budget = 1 }\n"
		    "deadlines { upload = 8 stop = 1 install = 2 down = 3 up = 4 services = 5 role = 6\n"
		    "  failover = 7 }\n"
		    "}\n",
		    &cluster, &problems, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_string_equal(cluster->name, "demo");
	assert_string_equal(cluster->profile_name, "hacluster");
	assert_null(cluster->profile);
	assert_int_equal(cluster->floating_ips.count, 2);
	assert_string_equal(cluster->floating_ips.items[1], "192.0.2.101");
	assert_null(cluster->floating_ips.items[2]);
	assert_string_equal(cluster->services.items[1], "getty@tty1.service");
	assert_string_equal(cluster->ssh.user, "admin");
	assert_string_equal(cluster->ssh.identity, "/d/key");
	assert_string_equal(cluster->ssh.known_hosts, "/etc/known_hosts");
	assert_int_equal(cluster->ssh.connect_timeout_ms, 1500);
	assert_int_equal(cluster->node_count, 3);
	assert_int_equal(cluster->nodes[0].port, 2222);
	assert_string_equal(cluster->nodes[1].name, "node2.example");
	assert_string_equal(cluster->nodes[1].address, "fe80::1%eth0");
	assert_int_equal(cluster->nodes[1].port, 0);
	assert_int_equal(cluster->ssh.port, 2200);
	assert_string_equal(cluster->ssh.config, "/d/ssh_config");
	assert_false(cluster->ssh.no_config);
	assert_int_equal(cluster->ssh.sudo, CLUSTER_SUDO_NO);
	assert_int_equal(cluster->probe.kind, CLUSTER_PROBE_TCP);
	assert_string_equal(cluster->probe.host, "2001:db8::1");
	assert_int_equal(cluster->probe.port, 80);
	assert_int_equal(cluster->probe.rate, 200);
	assert_int_equal(cluster->probe.budget, 3);
	assert_int_equal(cluster->probe.timeout_ms, 1000);
	assert_int_equal(cluster->probe.gap_budget_ms, 3000);
	assert_int_equal(cluster->probe.vantage_rate, 0);
	assert_int_equal(cluster->probe.held, 4);
	assert_int_equal(cluster->probe.held_budget, 1);
	assert_int_equal(cluster->deadlines.upload, 8000);
	assert_int_equal(cluster->deadlines.stop, 1000);
	assert_int_equal(cluster->deadlines.services, 5000);
	assert_int_equal(cluster->deadlines.failover, 7000);
}

static void test_defaults(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;

	(void)state;
	assert_int_equal(cluster_parse("/d/c.conf",
				 "cluster c { profile = p floating_ips = 192.0.2.9\n" NODES "}",
				 &cluster, &problems, NULL),
		0);
	assert_null(cluster->ssh.user);
	assert_null(cluster->ssh.identity);
	assert_null(cluster->ssh.config);
	assert_false(cluster->ssh.no_config);
	assert_int_equal(cluster->ssh.sudo, CLUSTER_SUDO_AUTO);
	assert_int_equal(cluster->ssh.password_file, -1);
	assert_null(cluster->ssh.known_hosts);
	assert_int_equal(cluster->ssh.connect_timeout_ms, 0);
	assert_int_equal(cluster->nodes[0].port, 0);
	assert_int_equal(cluster->services.count, 0);
	assert_null(cluster->services.items[0]);
	assert_int_equal(cluster->probe.kind, CLUSTER_PROBE_NONE);
	assert_int_equal(cluster->probe.rate, 100);
	assert_int_equal(cluster->probe.budget, 0);
	assert_int_equal(cluster->probe.timeout_ms, 2000);
	assert_int_equal(cluster->probe.gap_budget_ms, 0);
	assert_int_equal(cluster->probe.vantage_rate, 5);
	assert_int_equal(cluster->probe.held, 0);
	assert_true(cluster->probe.held_budget == UINT64_MAX);
	assert_int_equal(cluster->probe.status, 0);
	assert_null(cluster->probe.expect);
	assert_null(cluster->probe.ca);
	assert_false(cluster->probe.insecure);
	assert_int_equal(cluster->deadlines.up, 0);
}

static void test_all_problems_in_one_go(void **state)
{
	(void)state;
	expect("# one comment\n"
	       "cluster \"demo\" {\n"
	       "  profil = \"hacluster\"\n"
	       "  floating_ips = {\"192.0.2.100\", \"192.0.2.300\",\n"
	       "    \"192.0.2.100\", \"224.0.0.1\"}\n"
	       "  ssh { port = 70000 identity = \"~/.ssh/id\" user = \"-x\" }\n"
	       "  node \"node_1\" { address = \"192.0.2.11\" }\n"
	       "  node \"node2\" { addres = \"192.0.2.12\" }\n"
	       "  node \"node3\" { address = \"192.0.2.11; reboot\" }\n"
	       "  probe { url = \"ftp://x/\" rate = 0 timeout = \"1d\" }\n"
	       "  deadlines { up = \"-1\" }\n"
	       "}\n",
		"/d/c.conf:3: unknown option \"profil\" in cluster \"demo\"; known are: profile, floating_ips, services, ssh, node, probe, deadlines, file, window, pause_after, hooks, notify\n"
		"/d/c.conf:8: unknown option \"addres\" in node \"node2\"; known are: address, port, values\n"
		"/d/c.conf:4: floating_ips: \"192.0.2.300\" is no unicast IPv4 address\n"
		"/d/c.conf:5: floating_ips: \"192.0.2.100\" is given twice\n"
		"/d/c.conf:5: floating_ips: \"224.0.0.1\" is no unicast IPv4 address\n"
		"/d/c.conf:6: port: '70000' is not a whole number from 1 to 65535\n"
		"/d/c.conf:6: identity: \"~\" is not expanded here: write the whole path\n"
		"/d/c.conf:6: user: \"-x\" is no name of a user\n"
		"/d/c.conf:7: node \"node_1\": the name must be a host name (RFC 1123): letters, digits and \"-\"\n"
		"/d/c.conf:9: address: \"192.0.2.11; reboot\" is neither an IP address nor a host name\n"
		"/d/c.conf:10: url: \"ftp://x/\" is no address of the form http://HOST[:PORT]/PATH or https://...\n"
		"/d/c.conf:10: rate: '0' is not a whole number from 1 to 1000\n"
		"/d/c.conf:10: timeout: '1d' is not a time from 1ms to 60000ms (write it as 2, 1.5, 500ms, 5m)\n"
		"/d/c.conf:11: up: '-1' is not a time from 100ms to 86400000ms (write it as 2, 1.5, 500ms, 5m)\n"
		"/d/c.conf:12: cluster \"demo\": profile is missing");
}

static void test_nodes(void **state)
{
	(void)state;
	expect("cluster \"c\" { profile = \"p\" floating_ips = {\"192.0.2.2\"}\n" NODES "}",
		"/d/c.conf:4: node \"b\": its address 192.0.2.2 is a floating IP, which moves; give the node's own");
	expect("cluster \"c\" { profile = \"p\" floating_ips = {}\nnode \"a\" { address = x }\n}",
		"/d/c.conf:3: cluster \"c\": floating_ips is missing\n"
		"/d/c.conf:3: cluster \"c\" has 1 node: it must have 2 to 16, each as node \"NAME\" { address = \"...\" }");
	expect_in_cluster("node \"x\" { address = \"192.0.2.3\" port = 0 }",
		"port: '0' is not a whole number from 1 to 65535");
	expect("cluster \"c\" { profile = \"p\" floating_ips = 192.0.2.9\n" NODES
	       "node \"A\" { address = \"192.0.2.1\" port = 22 }\n"
	       "node \"b\" { address = \"192.0.2.4\" } }",
		"/d/c.conf:5: node \"b\" is given again, first in line 3: keep one\n"
		"/d/c.conf:5: node \"a\" and node \"A\": host names do not differ by case alone\n"
		"/d/c.conf:5: node \"a\" and node \"A\" have the same address 192.0.2.1 port 22");
	/* The same address behind two ports: two machines behind a translating router. */
	expect_in_cluster("node \"x\" { address = \"192.0.2.1\" port = 2222 }", "");
}

static void test_https_probe(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	if (cluster_parse("/d/c.conf",
		    "cluster \"c\" { profile = \"p\" floating_ips = {\"192.0.2.9\"}\n"
		    "probe { url = \"https://192.0.2.9/\" ca = \"ca.pem\" status = 204\n"
		    "  expect = \"all is well\" insecure = no }\n" NODES "}\n",
		    &cluster, &problems, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_string_equal(cluster->probe.ca, "/d/ca.pem");
	assert_string_equal(cluster->probe.expect, "all is well");
	assert_int_equal(cluster->probe.status, 204);
	assert_false(cluster->probe.insecure);
}

static void test_values(void **state)
{
	(void)state;
	expect_in_cluster("services = {\"nginx; true\"}",
		"services: \"nginx; true\" is no name of a systemd unit");
	expect_in_cluster("services = {\"\"}", "services: must not be empty");
	expect_in_cluster("ssh { identity = \"a\\nb\" }",
		"identity: \"a\\x0ab\" holds a control character or new line");
	expect_in_cluster("probe { }", "probe: give either url or tcp");
	expect_in_cluster("probe { tcp = \"192.0.2.9:80\" url = \"http://192.0.2.9\" }",
		"probe: give either url or tcp");
	expect_in_cluster("probe { tcp = \"192.0.2.9\" }",
		"tcp: \"192.0.2.9\" is not of the form HOST:PORT (IPv6: [ADDRESS]:PORT)");
	expect_in_cluster("probe { url = \"http://\" }",
		"url: \"http://\" is no address of the form http://HOST[:PORT]/PATH or https://...");
	expect_in_cluster("probe { tcp = \"192.0.2.9:80\" ca = f status = 200 }",
		"probe: ca is for https only\n/d/c.conf:2: probe: status goes with url only, not with tcp");
	expect_in_cluster("probe { url = \"http://192.0.2.9\" insecure = yes }",
		"probe: insecure is for https only");
	expect_in_cluster("probe { url = \"https://192.0.2.9\" insecure = yes ca = f }",
		"probe: ca and insecure = yes: either certificates are checked or not");
	expect_in_cluster("probe { url = \"https://192.0.2.9\" verify = false }",
		"probe: verify: certificates are always checked; give ca = \"FILE\" for your own authority, or insecure = yes for none at all");
	expect_in_cluster("probe { tcp = \"192.0.2.9:80\" vantage_rate = 101 held = 101 }",
		"vantage_rate: '101' is not a whole number from 0 to 100\n"
		"/d/c.conf:2: held: '101' is not a whole number from 0 to 100");
	expect_in_cluster("probe { url = \"http://192.0.2.9\" status = 600 insecure = maybe }",
		"status: '600' is not a whole number from 100 to 599\n"
		"/d/c.conf:2: insecure: \"maybe\" is neither yes nor no\n"
		"/d/c.conf:2: probe: insecure is for https only");
	expect("", "/d/c.conf: there is no cluster in it: it begins with cluster \"NAME\" {");
	expect("cluster \"a/b\" { profile = \"../x\" floating_ips = 192.0.2.9\n" NODES "}",
		"/d/c.conf:1: profile: \"../x\" is no name of a profile (letters, digits, \".\", \"_\" and \"-\", at most 63)\n"
		"/d/c.conf:4: cluster \"a/b\": a name has letters, digits, \".\", \"_\" and \"-\" only, at most 63");
	expect("cluster \"a\" { profile = \"p\" floating_ips = 192.0.2.9\n" NODES "}\n"
	       "cluster \"b\" { profile = \"p\" floating_ips = 192.0.2.9\n" NODES "}",
		"/d/c.conf:8: cluster \"b\": a file holds one cluster only");
}

static void test_files(void **state)
{
	(void)state;
	expect_in_cluster("file \"/etc/a\" { }", "");
	expect_in_cluster("file \"/etc/a\" { mode = 640 secret = yes }", "");
	expect_in_cluster("file \"etc/a\" { }",
		"file \"etc/a\": the name must be its absolute path on the nodes, without \".\", \"..\", \"//\" and a \"/\" at the end");
	expect_in_cluster("file \"/etc/../a\" { }",
		"file \"/etc/../a\": the name must be its absolute path on the nodes, without \".\", \"..\", \"//\" and a \"/\" at the end");
	expect_in_cluster("file \"/a\" { mode = 4755 }",
		"mode: \"4755\" is not three octal digits, such as 0640");
	expect_in_cluster(
		"file \"/a\" { secret = maybe }", "secret: \"maybe\" is neither yes nor no");
	expect_in_cluster(
		"file \"/a\" { owner = \"a;b\" }", "owner: \"a;b\" is no name of a user or group");
	expect_in_cluster("file \"/a\" { source = \"~/a\" }",
		"source: \"~\" is not expanded here: write the whole path");
	expect_in_cluster("node \"x\" { address = \"192.0.2.3\" values = {\"a b=1\", \"c\"} }",
		"values: \"a b=1\" is not of the form NAME=VALUE (a name has letters, digits and \"_\", a letter first)\n"
		"/d/c.conf:2: values: \"c\" is not of the form NAME=VALUE (a name has letters, digits and \"_\", a letter first)");
	expect_in_cluster("node \"x\" { address = \"192.0.2.3\" values = {\"a=1\", \"a=\"} }",
		"values: \"a\" is given twice");
}

/* A file of that target among the merged ones. */
static const struct file_entry *merged_file(const struct cluster *cluster, const char *target)
{
	for (size_t i = 0; i < cluster->files.count; i++)
		if (strcmp(cluster->files.items[i].target, target) == 0)
			return &cluster->files.items[i];
	fail_msg("no file %s", target);
	return NULL;
}

static void test_hosts(void **state)
{
	static const char *const good[] = {
		"192.0.2.1", "node1", "a.b-c.example", "1a", "2001:db8::1", "fe80::1%eth0.1"};
	static const char *const bad[] = {"", "192.0.2", "192.0.2.256", "1.2.3.4.5", "a..b", "-a",
		"a-", "a.", "a b", "a_b", "$(x)", "fe80::1%", "fe80::1%a/b", "::g", "[::1]"};
	CLEANUP(cleanup_free) char *label = text_format("%064d", 0);
	char *host = NULL;
	uint16_t port = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!host_is_address(good[i]))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (host_is_address(bad[i]))
			fail_msg("%s", bad[i]);
	label[0] = 'a';
	assert_false(host_is_name(label));
	assert_true(host_is_name(label + 1));
	assert_false(host_is_floating("0.1.2.3"));
	assert_false(host_is_floating("2001:db8::1"));
	assert_true(host_is_floating("10.0.0.1"));
	assert_false(host_split("a:0", &host, &port));
	assert_false(host_split("::1:80", &host, &port));
	assert_false(host_split("[a]:80", &host, &port));
	assert_false(host_split(":80", &host, &port));
	assert_null(host);
	assert_true(host_split("[::1]:443", &host, &port));
	assert_string_equal(host, "::1");
	assert_int_equal(port, 443);
	free(host);
}

struct folder {
	char *path;
	char *cluster;
};

static int folder_setup(void **state)
{
	static struct folder folder;

	folder.path = text_copy("/tmp/test_cluster.XXXXXX");
	if (!mkdtemp(folder.path))
		return -1;
	folder.cluster = text_format("%s/c.conf", folder.path);
	*state = &folder;
	return 0;
}

static int folder_teardown(void **state)
{
	struct folder *folder = *state;
	CLEANUP(cleanup_free) char *profile = text_format("%s/mine.conf", folder->path);

	unlink(profile);
	unlink(folder->cluster);
	rmdir(folder->path);
	free(folder->path);
	free(folder->cluster);
	return 0;
}

static void test_load_with_profile(void **state)
{
	const struct folder *folder = *state;
	CLEANUP(cleanup_free) char *profiles = text_format("%s/profiles", source_folder());
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	static const char bytes[] =
		"cluster \"c\" { profile = \"hacluster\" floating_ips = 192.0.2.9\n"
		"ssh { known_hosts = \"sub/hosts\" }\ndeadlines { up = 7s }\n"
		"file \"/etc/ha.d/ha.cf\" { template = yes mode = 0640 }\n"
		"file \"/etc/own\" { source = \"sub/own\" }\n" NODES "}";
	CLEANUP(cleanup_free) char *hosts = text_format("%s/sub/hosts", folder->path);
	CLEANUP(error_release) struct error err = {0};

	assert_int_equal(file_write(folder->cluster, bytes, strlen(bytes), 0600, NULL), 0);
	if (cluster_load(folder->cluster, profiles, &cluster, &problems, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_string_equal(cluster->ssh.known_hosts, hosts);
	assert_string_equal(cluster->profile->name, "hacluster");
	assert_string_equal(cluster->profile->failover.items[0], "hactl");
	assert_string_equal(cluster->profile->failover.items[1], "standby");
	assert_null(cluster->profile->failover.items[2]);
	assert_string_equal(pattern_words(cluster->profile->role_primary),
		"Configuring as primary Advanced Traffic Manager");
	assert_true(profile_has_package(cluster->profile, "hacluster-common"));
	assert_true(profile_has_package(cluster->profile, "haupgrade"));
	assert_false(profile_has_package(cluster->profile, "haupgrade-extra"));
	/* Its own where it has one, the profile's in the other places. */
	assert_int_equal(cluster->deadlines.up, 7000);
	assert_int_equal(cluster->deadlines.stop, cluster->profile->deadlines.stop);
	assert_int_equal(cluster->deadlines.stop, 60000);
	assert_int_equal(cluster->deadlines.upload, 600000);
	assert_int_equal(cluster->files.count, 4);
	assert_int_equal(merged_file(cluster, "/etc/ha.d/ha.cf")->node_lines, FILE_YES);
	assert_int_equal(merged_file(cluster, "/etc/ha.d/ha.cf")->is_template, FILE_YES);
	assert_string_equal(merged_file(cluster, "/etc/ha.d/ha.cf")->mode, "0640");
	assert_string_equal(merged_file(cluster, "/etc/ha.d/ha.cf")->source, "ha.cf");
	assert_string_equal(merged_file(cluster, "/etc/ha.d/authkeys")->mode, "0600");
	assert_int_equal(merged_file(cluster, "/etc/ha.d/authkeys")->secret, FILE_YES);
	assert_string_equal(merged_file(cluster, "/etc/own")->mode, "0644");
	assert_string_equal(merged_file(cluster, "/etc/own")->owner, "root");
	assert_string_equal(merged_file(cluster, "/etc/own")->source, "sub/own");
}

/* Cluster file and profile are told in one go. */
static void test_problems_of_both(void **state)
{
	const struct folder *folder = *state;
	CLEANUP(cleanup_free) char *profile = text_format("%s/mine.conf", folder->path);
	CLEANUP(cleanup_free) char *text = NULL, *wanted = NULL, *first = NULL;
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct cluster *cluster = NULL;
	CLEANUP(error_release) struct error err = {0};
	static const char in_cluster[] =
		"cluster \"c\" { profile = \"mine\" floating_ips = none\n" NODES "}";
	static const char in_profile[] =
		"profile \"mine\" {\n package_manager = \"zypper\"\n packages = \"*\"\n"
		" services = {\"a b\"}\n stop = {\"x\", \"\"}\n start = {\"y\"}\n"
		" role_log = \"log\"\n role_primary = \"as primary\"\n role_backup = \"primary\"\n"
		" deadlines { stop = never }\n}\n";

	assert_int_equal(
		file_write(folder->cluster, in_cluster, strlen(in_cluster), 0600, NULL), 0);
	assert_int_equal(file_write(profile, in_profile, strlen(in_profile), 0600, NULL), 0);
	assert_int_equal(
		cluster_load(folder->cluster, folder->path, &cluster, &problems, &err), -EINVAL);
	text = problems_text(&problems);
	first = text_format(
		"%s:1: floating_ips: \"none\" is no unicast IPv4 address", folder->cluster);
	wanted = text_format(
		"%s\n"
		"%s:2: package_manager: \"zypper\" is not known; it is \"rpm\" or \"dpkg\"\n"
		"%s:4: services: \"a b\" is no name of a systemd unit\n"
		"%s:5: stop: must not be empty\n"
		"%s:7: role_log: \"log\" is no absolute path\n"
		"%s:10: stop: 'never' is not a time from 100ms to 86400000ms (write it as 2, 1.5, 500ms, 5m)\n"
		"%s:11: profile \"mine\": failover is missing: the command that makes the primary hand over what it serves, e.g. {\"hb_standby\"}\n"
		"%s:11: role_primary and role_backup must differ so that no line matches both",
		first, profile, profile, profile, profile, profile, profile, profile);
	assert_string_equal(text, wanted);
	free(wanted);
	wanted = text_format("%s (and 7 more problems)", first);
	assert_string_equal(error_text(&err), wanted);
}

static void test_not_found(void **state)
{
	const struct folder *folder = *state;
	CLEANUP(cleanup_problems) struct problems problems = {0};
	struct profile *profile = NULL;
	struct cluster *cluster = NULL;
	CLEANUP(error_release) struct error err = {0};
	CLEANUP(cleanup_free) char *wanted = NULL;

	assert_int_equal(cluster_load("no-such", NULL, &cluster, &problems, &err), -ENOENT);
	assert_string_equal(error_text(&err),
		"cluster \"no-such\": cannot open its file " SYSCONFDIR
		"/haupgrade/clusters/no-such.conf; or give the path of the file: No such file or directory");
	assert_int_equal(cluster_load("./no-such", NULL, &cluster, &problems, &err), -ENOENT);
	assert_string_equal(error_text(&err),
		"./no-such: cannot open the cluster file: No such file or directory");
	assert_int_equal(cluster_load("a b", NULL, &cluster, &problems, &err), -EINVAL);
	assert_int_equal(profile_load("no-such", folder->path, &profile, &problems, &err), -ENOENT);
	wanted = text_format("profile \"no-such\": there is no no-such.conf in %s, " SYSCONFDIR
			     "/haupgrade/profiles or " PKGDATADIR "/profiles",
		folder->path);
	assert_string_equal(error_text(&err), wanted);
	assert_int_equal(problems.count, 0);
	assert_int_equal(
		profile_parse("a", "a.conf", "profile \"b\" { }", &profile, &problems, &err),
		-EINVAL);
	assert_string_equal(problems.items[problems.count - 1].message,
		"it holds profile \"b\", where profile \"a\" is looked for");
}

/* The reader itself tells which options it knows; each must stand in bold in its man page. */
static void expect_documented(char *problems, const char *page, size_t at_least)
{
	CLEANUP(cleanup_free)
	char *path = text_format("%s/docs/man/%s.5.adoc", source_folder(), page);
	CLEANUP(cleanup_free) char *manual = NULL;
	CLEANUP(error_release) struct error err = {0};
	size_t count = 0;

	if (file_read(path, 1 << 20, &manual, NULL, &err) < 0)
		fail_msg("%s", error_text(&err));
	for (char *line = strtok(problems, "\n"); line; line = strtok(NULL, "\n")) {
		char *known = strstr(line, "known are: ");

		for (known = known ? known + strlen("known are: ") : NULL; known && *known;) {
			size_t length = strcspn(known, ",");
			CLEANUP(cleanup_free)
			char *bold = text_format("*%.*s*", (int)length, known);

			if (!strstr(manual, bold))
				fail_msg("%s does not document %s", path, bold);
			known += length + strspn(known + length, ", ");
			count++;
		}
	}
	assert_true(count >= at_least);
}

static void test_gates(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_cluster) struct cluster *cluster = NULL;
	CLEANUP(error_release) struct error err = {0};

	(void)state;
	if (cluster_parse("/d/c.conf",
		    "cluster c { profile = p floating_ips = \"192.0.2.9\"\n" NODES
		    "window = {\"22:00-04:00\", \"sat 01:00-05:00\"}\n"
		    "pause_after = {upload, \"a:role\"}\n"
		    "hooks { pre_run = {\"/bin/a\", \"b c\"} timeout = 5 }\n"
		    "notify { on = {held, \"rolled-back\"} mail = \"ops@example.org\"\n"
		    "  webhook = \"https://h/x\" ca = \"ca.pem\" }\n}",
		    &cluster, &problems, &err) < 0)
		fail_msg("%s", error_text(&err));
	assert_int_equal(cluster->gates.windows.count, 2);
	assert_int_equal(cluster->gates.windows.items[1].days, 0x40);
	assert_string_equal(cluster->gates.pause_after.items[1], "a:role");
	assert_string_equal(cluster->gates.hooks[HOOK_PRE_RUN].items[1], "b c");
	assert_int_equal(cluster->gates.hooks[HOOK_POST_NODE].count, 0);
	assert_int_equal(cluster->gates.hook_timeout_ms, 5000);
	assert_true(cluster->gates.notify.on[NOTICE_HELD]);
	assert_false(cluster->gates.notify.on[NOTICE_START]);
	assert_string_equal(cluster->gates.notify.sendmail, "/usr/sbin/sendmail");
	assert_string_equal(cluster->gates.notify.ca, "/d/ca.pem");
	assert_int_equal(cluster->gates.notify.timeout_ms, 10000);
}

static void test_bad_gates(void **state)
{
	(void)state;
	expect_in_cluster("window = \"always\"",
		"window: \"always\" is not of the form HH:MM-HH:MM, with days before it if need be: \"22:00-04:00\", \"sat,sun 01:00-05:00\", \"mon-fri 23:30-24:00\"");
	expect_in_cluster("hooks { pre_run = \"hook\" }",
		"hooks: pre_run: \"hook\": write the program's whole path");
	expect_in_cluster("notify { on = start }", "notify: give exec, mail or webhook");
	expect_in_cluster("notify { mail = root on = nothing }",
		"on: \"nothing\" is none of start, stopped, held, done and rolled-back");
	expect_in_cluster("notify { mail = \"a@b, c@d\" }",
		"mail: \"a@b, c@d\" is no plain mail address, NAME@DOMAIN");
	expect_in_cluster("notify { mail = \"-oQ/tmp\" }",
		"mail: \"-oQ/tmp\" is no plain mail address, NAME@DOMAIN");
	expect_in_cluster("notify { mail = \"a@b\\nBcc: c\" }",
		"mail: \"a@b\\x0aBcc: c\" is no plain mail address, NAME@DOMAIN");
	/* The token in it is not shown. */
	expect_in_cluster("notify { webhook = \"http://host/token\" }",
		"webhook: not of the form https://HOST[:PORT]/PATH (http:// only to 127.0.0.1 or [::1])");
	expect_in_cluster("notify { webhook = \"http://127.0.0.1:80@host/token\" }",
		"webhook: not of the form https://HOST[:PORT]/PATH (http:// only to 127.0.0.1 or [::1])");
	expect_in_cluster("notify { webhook = \"http://127.0.0.1:8080/\" }", "");
}

static void test_every_keyword_is_documented(void **state)
{
	CLEANUP(cleanup_problems) struct problems problems = {0};
	CLEANUP(cleanup_free) char *text = NULL;
	struct profile *profile = NULL;

	(void)state;
	text = cluster_problems(
		"zz = 1\ncluster c {\n zz = 1\n ssh { zz = 1 }\n"
		"node a { zz = 1 }\nfile \"/f\" { zz = 1 }\nprobe { zz = 1 }\ndeadlines { zz = 1 }\nhooks { zz = 1 }\nnotify { zz = 1 }\n}");
	expect_documented(text, "haupgrade-cluster", 50);
	profile_parse("p", "p.conf",
		"zz = 1\nprofile p {\nzz = 1\ndeadlines { zz = 1 }\n"
		"file \"/f\" { zz = 1 }\n}",
		&profile, &problems, NULL);
	free(text);
	text = problems_text(&problems);
	expect_documented(text, "haupgrade-profile", 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything_given),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_problems_in_one_go),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_https_probe),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_load_with_profile),
		cmocka_unit_test(test_problems_of_both),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_bad_gates),
		cmocka_unit_test(test_every_keyword_is_documented),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
