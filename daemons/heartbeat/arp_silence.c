/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps the old holder silent in ARP about floating addresses that its successor answers for. */
#include "daemons/heartbeat/arp_silence.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/net/nftables.h"

/* Adding before deleting makes the deletion succeed whether or not the table was there. */
#define TABLE "heartbeatd_silence"
#define CLEAR "add table arp " TABLE "\ndelete table arp " TABLE "\n"

int arp_silence_start(
	struct nftables *nftables, const struct in_addr *addresses, size_t count, struct error *err)
{
	CLEANUP(cleanup_text) struct text rules = {0};
	char ip[INET_ADDRSTRLEN] = "";
	int result;

	if (count < 1 || count > SILENCE_ADDRESSES_MAX)
		return error_set(err, EINVAL, "%zu addresses to be silent about, not 1..%d", count,
			SILENCE_ADDRESSES_MAX);
	text_append(&rules, CLEAR "table arp " TABLE " {\n"
				  "chain output { type filter hook output priority filter;\n"
				  "arp saddr ip {");
	for (size_t i = 0; i < count; i++)
		text_appendf(&rules, "%s %s", i > 0 ? "," : "",
			inet_ntop(AF_INET, &addresses[i], ip, sizeof(ip)));
	text_append(&rules, " } drop\n}\n}\n");
	result = nftables_run(nftables, text_string(&rules), NFTABLES_COMMIT, err);
	if (result < 0)
		error_prefix(err, "ARP about the floating addresses cannot be kept silent");
	return result;
}

int arp_silence_stop(struct netlink *netlink, struct error *err)
{
	int result = nftables_delete(netlink, NFPROTO_ARP, TABLE, err);

	if (result < 0)
		error_prefix(err,
			"the ARP silence cannot be ended; run 'nft delete table arp " TABLE "'");
	return result;
}
