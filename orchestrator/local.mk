# SPDX-License-Identifier: GPL-2.0-or-later
# haupgrade: all but main.c is a library, so that tests link the very code; a fragment per room.
bin_PROGRAMS += haupgrade
noinst_LIBRARIES += orchestrator/liborchestrator.a

haupgrade_SOURCES = orchestrator/main.c
haupgrade_LDADD = $(ORCHESTRATOR_LIBS)
ORCHESTRATOR_LIBS = orchestrator/liborchestrator.a lib/program/libprogram.a lib/conf/libconf.a lib/wire/libwire.a \
	lib/base/libbase.a $(RPM_LIBS) $(SSH_LIBS) $(SQLITE_LIBS) $(CURL_LIBS) \
	$(JANSSON_LIBS) $(ARCHIVE_LIBS) $(CRYPTO_LIBS) $(B2_LIBS) $(CAPNG_LIBS) -lpthread -lm

orchestrator_liborchestrator_a_SOURCES =
# What is run on nodes is shell in files of its own, put into the library by packaging/embed: NAME.sh of a room
# becomes script_ROOM_NAME. The shared ones stand in others, in the place of a line ". ./NAME.sh".
EMBEDDED_SHELL =
SHARED_SHELL =

include orchestrator/bundle/local.mk
include orchestrator/cluster/local.mk
include orchestrator/journal/local.mk
include orchestrator/remote/local.mk
include orchestrator/probe/local.mk
include orchestrator/plan/local.mk
include orchestrator/engine/local.mk
include orchestrator/node/local.mk
include orchestrator/step/local.mk
include orchestrator/gate/local.mk
include orchestrator/screen/local.mk
include orchestrator/keep/local.mk
include orchestrator/files/local.mk
include orchestrator/lease/local.mk
include orchestrator/check/local.mk
include orchestrator/run/local.mk
include orchestrator/report/local.mk
include orchestrator/command/local.mk

nodist_orchestrator_liborchestrator_a_SOURCES = $(EMBEDDED_SHELL:.sh=_sh.c)
EXTRA_DIST += $(EMBEDDED_SHELL) $(SHARED_SHELL) packaging/embed orchestrator/.shellcheckrc
CLEANFILES += $(EMBEDDED_SHELL:.sh=_sh.c)

orchestrator/%_sh.c: orchestrator/%.sh $(SHARED_SHELL) packaging/embed
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SHELL) $(srcdir)/packaging/embed $< script_$(subst /,_,$*) >$@.new && \
		mv $@.new $@
