/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts the TCP connections that still need this node to hold a floating address. */
#include "lib/net/connections.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/net/netlink.h"

enum {
	ADDRESSES_MAX = 64,
	/* Why these: see the header. */
	STATES = 1 << TCP_SYN_RECV | 1 << TCP_ESTABLISHED | 1 << TCP_CLOSE_WAIT |
		 1 << TCP_FIN_WAIT1 | 1 << TCP_FIN_WAIT2 | 1 << TCP_CLOSING | 1 << TCP_LAST_ACK,
};

/* "Is the local address this one?" in the language of inet_diag filters. */
struct condition {
	struct inet_diag_bc_op op;
	/* struct inet_diag_hostcond with its one address */
	uint8_t family;
	uint8_t prefix_length;
	uint16_t padding;
	int32_t port;
	struct in_addr address;
};

/* One condition and, when it holds, the jump to the end, which means "yes". */
struct step {
	struct condition condition;
	struct inet_diag_bc_op accept;
};

_Static_assert(sizeof(struct condition) == 16 && sizeof(struct step) == 20,
	"the filter's layout is the kernel's");

/*
 * A filter program jumps forward only; to end exactly at its end is "yes", 4 bytes behind it is
 * "no". An address that differs goes on to the next one; the last has no jump behind it, so that
 * the same distance leads 4 bytes past the end.
 */
static size_t write_filter(const struct in_addr *addresses, size_t count, struct step *steps)
{
	const size_t length = count * sizeof(struct step) - sizeof(steps->accept);

	for (size_t i = 0; i < count; i++)
		steps[i] = (struct step){
			.condition = {.op = {.code = INET_DIAG_BC_S_COND,
					      .yes = sizeof(struct condition),
					      .no = sizeof(struct step)},
				.family = AF_INET,
				.prefix_length = 32,
				.port = -1, /* any */
				.address = addresses[i]},
			.accept = {.code = INET_DIAG_BC_JMP,
				.yes = sizeof(struct inet_diag_bc_op),
				.no = (uint16_t)(length - i * sizeof(struct step) -
						 sizeof(struct condition))},
		};
	return length;
}

static int count_socket(const struct nlmsghdr *message, void *context)
{
	const struct inet_diag_msg *found = mnl_nlmsg_get_payload(message);
	unsigned *counted = context;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		mnl_nlmsg_get_payload_len(message) < sizeof(*found))
		return MNL_CB_OK;
	/* No inode: the program has closed it. */
	if (found->idiag_state == TCP_FIN_WAIT2 && found->idiag_inode == 0)
		return MNL_CB_OK;
	(*counted)++;
	return MNL_CB_OK;
}

static int count_family(struct netlink *netlink, uint8_t family, const struct step *steps,
	size_t length, unsigned *counted, struct error *err)
{
	_Alignas(struct nlmsghdr) char buffer[NETLINK_REQUEST_MAX];
	struct inet_diag_req_v2 *head;
	struct nlmsghdr *request;
	unsigned found = 0;
	int result = 0;

	/* A dump that something changed under may be wrong: ask again, but not for ever. */
	for (int attempt = 0; attempt < 5; attempt++) {
		found = 0;
		request = mnl_nlmsg_put_header(buffer);
		request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
		request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
		head->sdiag_family = family;
		head->sdiag_protocol = IPPROTO_TCP;
		head->idiag_states = STATES;
		mnl_attr_put(request, INET_DIAG_REQ_BYTECODE, length, steps);
		result =
			netlink_ask(netlink, NETLINK_SOCK_DIAG, request, count_socket, &found, err);
		if (result != -EINTR)
			break;
	}
	if (result == -ENOENT && family == AF_INET6) /* a kernel without IPv6 has no such socket */
		result = 0;
	if (result < 0)
		return result;
	*counted += found;
	return 0;
}

int connections_count(struct netlink *netlink, const struct in_addr *addresses, size_t count,
	unsigned *established, struct error *err)
{
	struct step steps[ADDRESSES_MAX];
	unsigned counted = 0;
	size_t length;
	int result;

	if (count > ADDRESSES_MAX)
		return error_set(err, EINVAL, "%zu addresses to count connections of, not 0..%d",
			count, ADDRESSES_MAX);
	if (count > 0) {
		length = write_filter(addresses, count, steps);
		result = count_family(netlink, AF_INET, steps, length, &counted, err);
		if (result == 0)
			result = count_family(netlink, AF_INET6, steps, length, &counted, err);
		if (result < 0) {
			error_prefix(err,
				"connections to the floating addresses cannot be counted (the kernel needs inet_diag and tcp_diag)");
			return result;
		}
	}
	*established = counted;
	return 0;
}
