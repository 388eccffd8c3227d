/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs nftables commands inside this process, safe for a daemon. */
#include "lib/net/nftables.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <nftables/libnftables.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/vector.h"

/* The context's socket, the cache of device names, and files that it reads when it is made. */
#define SPARES 4

struct nftables {
	struct netlink *netlink;
	struct nft_ctx *context; /* NULL: not made yet */
	int spares[SPARES];	 /* -1: none */
};

static void spares_drop(struct nftables *nftables)
{
	size_t i;

	for (i = 0; i < SPARES; i++) {
		if (nftables->spares[i] >= 0)
			close(nftables->spares[i]);
		nftables->spares[i] = -1;
	}
}

static bool spares_take(struct nftables *nftables)
{
	bool all = true;
	size_t i;

	for (i = 0; i < SPARES; i++) {
		if (nftables->spares[i] < 0)
			nftables->spares[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
		all = all && nftables->spares[i] >= 0;
	}
	return all;
}

struct nftables *nftables_new(struct netlink *netlink)
{
	struct nftables *nftables = vector_resize(NULL, 1, sizeof(*nftables));

	*nftables = (struct nftables){.netlink = netlink, .spares = {-1, -1, -1, -1}};
	(void)spares_take(nftables);
	return nftables;
}

void nftables_free(struct nftables *nftables)
{
	if (!nftables)
		return;
	if (nftables->context)
		nft_ctx_free(nftables->context);
	spares_drop(nftables);
	free(nftables);
}

static struct nlmsghdr *message_put(
	char *buffer, uint16_t type, uint16_t flags, uint8_t family, uint16_t resource)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *head;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	head = mnl_nlmsg_put_extra_header(message, sizeof(*head));
	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
	head->res_id = htons(resource);
	return message;
}

/* -EOPNOTSUPP is the kernel's answer; other failures are none. */
static int available(struct netlink *netlink, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *request = message_put(
		buffer, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN, NLM_F_ACK, AF_UNSPEC, 0);
	CLEANUP(error_release) struct error why = {0};
	int result = netlink_ask(netlink, NETLINK_NETFILTER, request, NULL, NULL, &why);

	if (result < 0 && netlink_is_answer(result))
		return error_set(err, EOPNOTSUPP,
			"nftables cannot be used: %s; load the kernel module nf_tables",
			error_text(&why));
	return result < 0
		       ? error_set(err, -result, "nftables cannot be asked: %s", error_text(&why))
		       : 0;
}

/* libnftables shows the rule and marks the place below it; a log wants the first line. */
static int fail(struct nft_ctx *context, struct error *err)
{
	const char *said = nft_ctx_get_error_buffer(context);
	size_t length = said ? strcspn(said, "\n") : 0;

	if (length == 0)
		return error_set(err, EPROTO, "nftables refused the rules without saying why");
	return error_set(err, EPROTO, "nftables: %.*s", (int)length, said);
}

static int context_make(struct nftables *nftables, struct error *err)
{
	struct nft_ctx *context = nft_ctx_new(NFT_CTX_DEFAULT);

	if (!context)
		return error_set(err, ENOMEM, "nftables: no context, memory may be exhausted");
	/* No name lookups: they would ask the resolver, which is a network away. */
	nft_ctx_output_set_flags(context, NFT_CTX_OUTPUT_NUMERIC_ALL);
	if (nft_ctx_buffer_output(context) != 0 || nft_ctx_buffer_error(context) != 0) {
		nft_ctx_free(context);
		return error_set(err, ENOMEM, "nftables: no buffer, memory may be exhausted");
	}
	nftables->context = context;
	return 0;
}

static int run(
	struct nftables *nftables, const char *commands, enum nftables_mode mode, struct error *err)
{
	int result = nftables->context ? 0 : context_make(nftables, err);

	if (result < 0)
		return result;
	nft_ctx_set_dry_run(nftables->context, mode == NFTABLES_CHECK);
	result = nft_run_cmd_from_buffer(nftables->context, commands);
	/* Reading a buffer empties it; nobody else would. */
	(void)nft_ctx_get_output_buffer(nftables->context);
	if (result != 0)
		return fail(nftables->context, err);
	(void)nft_ctx_get_error_buffer(nftables->context);
	return 0;
}

int nftables_run(
	struct nftables *nftables, const char *commands, enum nftables_mode mode, struct error *err)
{
	int result = available(nftables->netlink, err);

	if (result < 0)
		return result;
	/* Taken anew: what is held from before the limit fell could not be had again. */
	spares_drop(nftables);
	if (!spares_take(nftables))
		return error_set(err, EMFILE,
			"nftables needs %d descriptors, and this process may not have so many more",
			SPARES);
	spares_drop(nftables);
	result = run(nftables, commands, mode, err);
	(void)spares_take(nftables);
	return result;
}

int nftables_delete(struct netlink *netlink, uint8_t family, const char *table, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct nlmsghdr *message;
	size_t length;
	int result;

	message = message_put(buffer, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	length = message->nlmsg_len;
	message = message_put(buffer + length, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE,
		NLM_F_ACK, family, 0);
	mnl_attr_put_strz(message, NFTA_TABLE_NAME, table);
	length += message->nlmsg_len;
	message = message_put(
		buffer + length, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
	length += message->nlmsg_len;
	result = netlink_ask_batch(netlink, NETLINK_NETFILTER, buffer, length, err);
	/* No such table, or nothing that could have one. */
	if (result == -ENOENT || result == -EOPNOTSUPP || result == -EPROTONOSUPPORT ||
		result == -EAFNOSUPPORT)
		return 0;
	return result;
}
