/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs nftables commands inside this process, safe for a daemon. */
#include "daemons/heartbeat/nftables.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "daemons/heartbeat/netlink.h"
#include "lib/base/cleanup.h"

static void cleanup_context(struct nft_ctx **context)
{
	if (*context)
		nft_ctx_free(*context);
}

int nftables_available(struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *head;
	CLEANUP(error_release) struct error why = {0};

	request->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	head->nfgen_family = AF_UNSPEC;
	head->version = NFNETLINK_V0;
	if (netlink_ask(NETLINK_NETFILTER, request, NULL, NULL, &why) < 0)
		return error_set(err, EOPNOTSUPP,
			"nftables cannot be used: %s; load the kernel module nf_tables",
			error_text(&why));
	return 0;
}

/* libnftables shows the rule and marks the place below it; a log wants the first line. */
static int fail(struct nft_ctx *context, struct error *err)
{
	const char *said = nft_ctx_get_error_buffer(context);
	size_t length = said ? strcspn(said, "\n") : 0;

	if (length == 0)
		return error_set(err, EIO, "nftables refused the rules without saying why");
	return error_set(err, EIO, "nftables: %.*s", (int)length, said);
}

int nftables_run(const char *commands, enum nftables_mode mode, struct error *err)
{
	CLEANUP(cleanup_context) struct nft_ctx *context = NULL;
	int result = nftables_available(err);

	if (result < 0)
		return result;
	context = nft_ctx_new(NFT_CTX_DEFAULT);
	if (!context)
		return error_set(err, EIO, "nftables: no context, memory may be exhausted");
	/* No name lookups: they would ask the resolver, which is a network away. */
	nft_ctx_output_set_flags(context, NFT_CTX_OUTPUT_NUMERIC_ALL);
	nft_ctx_set_dry_run(context, mode == NFTABLES_CHECK);
	if (nft_ctx_buffer_output(context) != 0 || nft_ctx_buffer_error(context) != 0)
		return error_set(err, EIO, "nftables: no buffer, memory may be exhausted");
	if (nft_run_cmd_from_buffer(context, commands) != 0)
		return fail(context, err);
	return 0;
}
