# SPDX-License-Identifier: GPL-2.0-or-later
# The libraries every program shares; each folder is one static library.
noinst_LIBRARIES += lib/base/libbase.a lib/conf/libconf.a lib/wire/libwire.a lib/program/libprogram.a \
	lib/event/libevent.a lib/ipc/libipc.a lib/net/libnet.a lib/cluster/libcluster.a

lib_base_libbase_a_SOURCES = \
	lib/base/cleanup.h \
	lib/base/clock.c lib/base/clock.h \
	lib/base/error.c lib/base/error.h \
	lib/base/file.c lib/base/file.h \
	lib/base/number.c lib/base/number.h \
	lib/base/text.c lib/base/text.h \
	lib/base/thread.c lib/base/thread.h \
	lib/base/vector.c lib/base/vector.h

lib_conf_libconf_a_SOURCES = \
	lib/conf/block.c lib/conf/block.h \
	lib/conf/block_syntax.c lib/conf/block_syntax.h \
	lib/conf/block_token.c lib/conf/block_token.h \
	lib/conf/encoding.h \
	lib/conf/line.c lib/conf/line.h \
	lib/conf/problems.c lib/conf/problems.h

lib_wire_libwire_a_SOURCES = \
	lib/wire/control.h \
	lib/wire/reader.c lib/wire/reader.h \
	lib/wire/writer.c lib/wire/writer.h

lib_program_libprogram_a_SOURCES = \
	lib/program/child.c lib/program/child.h \
	lib/program/log.c lib/program/log.h \
	lib/program/notify.c lib/program/notify.h \
	lib/program/options.c lib/program/options.h \
	lib/program/output_queue.c lib/program/output_queue.h \
	lib/program/memory_reserve.c lib/program/memory_reserve.h \
	lib/program/privileges.c lib/program/privileges.h \
	lib/program/service.c lib/program/service.h

lib_event_libevent_a_SOURCES = lib/event/loop.c lib/event/loop.h

lib_ipc_libipc_a_SOURCES = \
	lib/ipc/client.c lib/ipc/client.h \
	lib/ipc/connection_limits.c lib/ipc/connection_limits.h \
	lib/ipc/listen.c \
	lib/ipc/message.c lib/ipc/message.h \
	lib/ipc/packet.c lib/ipc/packet.h \
	lib/ipc/server.c lib/ipc/server.h \
	lib/ipc/socket_closer.c lib/ipc/socket_closer.h \
	lib/ipc/socket_opener.c lib/ipc/socket_opener.h \
	lib/ipc/socket_place.c lib/ipc/socket_place.h

lib_net_libnet_a_SOURCES = \
	lib/net/address.c lib/net/address.h \
	lib/net/address6.c lib/net/address6.h \
	lib/net/neighbour_advertisement.c lib/net/neighbour_advertisement.h \
	lib/net/gratuitous_arp.c lib/net/gratuitous_arp.h \
	lib/net/connections.c lib/net/connections.h \
	lib/net/device.c lib/net/device.h \
	lib/net/netlink.c lib/net/netlink.h \
	lib/net/nftables.c lib/net/nftables.h \
	lib/net/conntrack.c lib/net/conntrack.h

lib_cluster_libcluster_a_SOURCES = \
	lib/cluster/authkeys.c lib/cluster/authkeys.h \
	lib/cluster/generation.c lib/cluster/generation.h \
	lib/cluster/ha_cf.c lib/cluster/ha_cf.h \
	lib/cluster/message.c lib/cluster/message.h \
	lib/cluster/sequence.c lib/cluster/sequence.h
