/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The seamless part of a switch-over: the successor passes packets of connections it does not
 * know on to the old holder, as long as both hold the floating address. */
#include "daemons/heartbeat/forward.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <stdbool.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/net/conntrack.h"
#include "lib/net/nftables.h"

/* Adding before deleting makes the deletion succeed whether or not the table was there. */
#define TABLE "heartbeatd_forward"
#define CLEAR "add table ip " TABLE "\ndelete table ip " TABLE "\n"

/*
 * Behind connection tracking (-200) and before anything that could decide on the packet. A packet
 * dropped here never confirms its tracking entry: nothing is left behind for passed-on
 * connections, and each of their packets is "new" (nf_conntrack_tcp_loose=1) or "invalid" (=0)
 * again.
 */
#define HEAD                     \
	"table ip " TABLE " {\n" \
	"chain prerouting { type filter hook prerouting priority mangle;\n"

static bool is_unicast(struct in_addr ip)
{
	uint32_t number = ntohl(ip.s_addr);

	return number != INADDR_ANY && number >> 24 != 0 && !IN_MULTICAST(number) &&
	       !IN_BADCLASS(number);
}

/* Stricter than the kernel, which only forbids '/' , ':' and white space: no quoting needed. */
static bool is_plain_device(const char *device)
{
	size_t length = 0;

	for (; length < IFNAMSIZ && device[length] != '\0'; length++) {
		unsigned char c = (unsigned char)device[length];

		if (!(c < 0x80 && isalnum(c)) && c != '.' && c != '_' && c != '-' && c != '@')
			return false;
	}
	return length > 0 && length < IFNAMSIZ;
}

static int check_path(const struct forward_path *path, const struct forward_path *paths,
	size_t count, struct error *err)
{
	char ip[INET_ADDRSTRLEN] = "", holder[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &path->ip, ip, sizeof(ip));
	inet_ntop(AF_INET, &path->holder, holder, sizeof(holder));
	if (!is_plain_device(path->device))
		return error_set(err, EINVAL,
			"forwarding of %s: the device name is not made of 1..%d letters, digits and ._-@",
			ip, IFNAMSIZ - 1);
	if (!is_unicast(path->ip))
		return error_set(err, EINVAL, "forwarding of %s: not a unicast address", ip);
	if (!is_unicast(path->holder))
		return error_set(err, EINVAL,
			"forwarding of %s: the old holder's address %s is not a unicast address",
			ip, holder);
	for (size_t i = 0; i < count; i++)
		if (paths[i].ip.s_addr == path->holder.s_addr)
			return error_set(err, EINVAL,
				"forwarding of %s: the old holder's address %s is a floating address itself; its fixed address on that network is needed",
				ip, holder);
	return 0;
}

static void append_rule(struct text *rules, const struct forward_path *path)
{
	char ip[INET_ADDRSTRLEN] = "", holder[INET_ADDRSTRLEN] = "";

	inet_ntop(AF_INET, &path->ip, ip, sizeof(ip));
	inet_ntop(AF_INET, &path->holder, holder, sizeof(holder));
	text_appendf(rules,
		"iifname \"%s\" ip daddr %s tcp flags & (syn|ack) != syn ct state { new, invalid } counter dup to %s device \"%s\" drop\n",
		path->device, ip, holder, path->device);
}

int forward_check(struct nftables *nftables, struct error *err)
{
	/* Never installed; lo is a device that every network namespace has. */
	const struct forward_path sample = {
		.ip = {htonl(0xc0000264)},     /* 192.0.2.100 */
		.holder = {htonl(0xc0000265)}, /* 192.0.2.101 */
		.device = "lo",
	};
	CLEANUP(cleanup_text) struct text rules = {0};
	CLEANUP(error_release) struct error why = {0};
	int result;

	text_append(&rules, HEAD);
	append_rule(&rules, &sample);
	text_append(&rules, "}\n}\n");
	result = nftables_run(nftables, text_string(&rules), NFTABLES_CHECK, &why);
	if (result < 0 && !netlink_is_answer(result))
		return error_set(err, -result, "%s", error_text(&why));
	if (result < 0)
		return error_set(err, EOPNOTSUPP,
			"connections cannot be passed on to the old holder (%s); the kernel needs nf_tables, nft_ct and nft_dup_ipv4",
			error_text(&why));
	return 0;
}

int forward_start(struct netlink *netlink, struct nftables *nftables,
	const struct forward_path *paths, size_t count, struct error *err)
{
	struct in_addr addresses[FORWARD_PATHS_MAX];
	CLEANUP(cleanup_text) struct text rules = {0};
	int result;

	if (count < 1 || count > FORWARD_PATHS_MAX)
		return error_set(err, EINVAL, "%zu addresses to forward, not 1..%d", count,
			FORWARD_PATHS_MAX);
	text_append(&rules, CLEAR HEAD);
	for (size_t i = 0; i < count; i++) {
		result = check_path(&paths[i], paths, count, err);
		if (result < 0)
			return result;
		append_rule(&rules, &paths[i]);
		addresses[i] = paths[i].ip;
	}
	text_append(&rules, "}\n}\n");
	/* No error of ours: what is not forgotten harms a connection only when its client uses the
	 * same port again. */
	(void)conntrack_forget(netlink, addresses, count, NULL);
	result = nftables_run(nftables, text_string(&rules), NFTABLES_COMMIT, err);
	if (result < 0)
		error_prefix(err, "forwarding to the old holder cannot be started");
	return result;
}

int forward_stop(struct netlink *netlink, struct error *err)
{
	int result = nftables_delete(netlink, NFPROTO_IPV4, TABLE, err);

	if (result < 0)
		error_prefix(err,
			"forwarding to the old holder cannot be ended; run 'nft delete table ip " TABLE
			"'");
	return result;
}
