# SPDX-License-Identifier: GPL-2.0-or-later
# heartbeatd: all but main.c is a library, so that tests and fuzz targets link the very code.
sbin_PROGRAMS += heartbeatd
noinst_LIBRARIES += daemons/heartbeat/libheartbeat.a

daemons_heartbeat_libheartbeat_a_SOURCES = \
	daemons/heartbeat/announcement.c daemons/heartbeat/announcement.h \
	daemons/heartbeat/control.c daemons/heartbeat/control.h \
	daemons/heartbeat/daemon.c daemons/heartbeat/daemon.h daemons/heartbeat/daemon_state.h \
	daemons/heartbeat/floating_addresses.c daemons/heartbeat/floating_addresses.h \
	daemons/heartbeat/forward.c daemons/heartbeat/forward.h \
	daemons/heartbeat/group.c daemons/heartbeat/group.h daemons/heartbeat/group_state.h \
	daemons/heartbeat/group_steps.c daemons/heartbeat/group_steps.h \
	daemons/heartbeat/group_view.c daemons/heartbeat/group_view.h \
	daemons/heartbeat/groups_conf.c daemons/heartbeat/groups_conf.h \
	daemons/heartbeat/held_addresses.c daemons/heartbeat/held_addresses.h \
	daemons/heartbeat/link.c daemons/heartbeat/link.h \
	daemons/heartbeat/membership.c daemons/heartbeat/membership.h \
	daemons/heartbeat/request.c daemons/heartbeat/request.h \
	daemons/heartbeat/arp_silence.c daemons/heartbeat/arp_silence.h \
	daemons/heartbeat/startup.c daemons/heartbeat/startup.h \
	daemons/heartbeat/status.c daemons/heartbeat/status.h \
	daemons/heartbeat/takeover_rules.c daemons/heartbeat/takeover_rules.h \
	daemons/heartbeat/traffic.c daemons/heartbeat/traffic.h

# What any program with that library needs behind it.
HEARTBEAT_LIBS = daemons/heartbeat/libheartbeat.a lib/cluster/libcluster.a lib/net/libnet.a lib/ipc/libipc.a lib/event/libevent.a \
	lib/program/libprogram.a lib/conf/libconf.a lib/wire/libwire.a lib/base/libbase.a \
	$(CAPNG_LIBS) $(CRYPTO_LIBS) \
	$(JANSSON_LIBS) $(MNL_LIBS) $(NFTABLES_LIBS)

heartbeatd_SOURCES = daemons/heartbeat/main.c
heartbeatd_LDADD = $(HEARTBEAT_LIBS)
