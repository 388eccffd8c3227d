# SPDX-License-Identifier: GPL-2.0-or-later
# hactl: a node's operator's view.
sbin_PROGRAMS += hactl
hactl_SOURCES = \
	daemons/hactl/client.c daemons/hactl/client.h \
	daemons/hactl/command.c daemons/hactl/command.h \
	daemons/hactl/main.c \
	daemons/hactl/report.c daemons/hactl/report.h
hactl_LDADD = lib/ipc/libipc.a lib/wire/libwire.a lib/program/libprogram.a lib/base/libbase.a \
	$(JANSSON_LIBS)
