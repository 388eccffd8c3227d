# SPDX-License-Identifier: GPL-2.0-or-later
# What heartbeatd does to the network; daemons/heartbeat/local.mk includes this.
daemons_heartbeat_libheartbeat_a_SOURCES += \
	daemons/heartbeat/address.c daemons/heartbeat/address.h \
	daemons/heartbeat/announce.c daemons/heartbeat/announce.h \
	daemons/heartbeat/connections.c daemons/heartbeat/connections.h \
	daemons/heartbeat/device.c daemons/heartbeat/device.h \
	daemons/heartbeat/forward.c daemons/heartbeat/forward.h \
	daemons/heartbeat/netlink.c daemons/heartbeat/netlink.h \
	daemons/heartbeat/nftables.c daemons/heartbeat/nftables.h \
	daemons/heartbeat/silence.c daemons/heartbeat/silence.h \
	daemons/heartbeat/tracking.c daemons/heartbeat/tracking.h
