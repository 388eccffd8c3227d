# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/probe/probe.c orchestrator/probe/probe.h \
	orchestrator/probe/config.h \
	orchestrator/probe/relay.c orchestrator/probe/relay.h \
	orchestrator/probe/request.c orchestrator/probe/request.h \
	orchestrator/probe/stall.c orchestrator/probe/stall.h \
	orchestrator/probe/tally.c orchestrator/probe/tally.h \
	orchestrator/probe/timeline.c orchestrator/probe/timeline.h \
	orchestrator/probe/held_connections.c orchestrator/probe/held_connections.h \
	orchestrator/probe/vantage.c orchestrator/probe/vantage.h
