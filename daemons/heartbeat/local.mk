# SPDX-License-Identifier: GPL-2.0-or-later
# heartbeatd: all but main.c is a library, so that tests and fuzz targets link the very code.
sbin_PROGRAMS += heartbeatd
noinst_LIBRARIES += daemons/heartbeat/libheartbeat.a
