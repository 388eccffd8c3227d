# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/cluster/catalog.c orchestrator/cluster/catalog.h \
	orchestrator/cluster/check.c orchestrator/cluster/check.h \
	orchestrator/cluster/cluster.c orchestrator/cluster/cluster.h \
	orchestrator/cluster/deadlines.c orchestrator/cluster/deadlines.h \
	orchestrator/cluster/doubt.c orchestrator/cluster/doubt.h \
	orchestrator/cluster/field.c orchestrator/cluster/field.h \
	orchestrator/cluster/file.h \
	orchestrator/cluster/files.c orchestrator/cluster/files.h \
	orchestrator/cluster/gate.h \
	orchestrator/cluster/gates.c orchestrator/cluster/gates.h \
	orchestrator/cluster/host.c orchestrator/cluster/host.h \
	orchestrator/cluster/list.h \
	orchestrator/cluster/pattern.c orchestrator/cluster/pattern.h \
	orchestrator/cluster/profile.c orchestrator/cluster/profile.h \
	orchestrator/cluster/profile_check.c orchestrator/cluster/profile_check.h \
	orchestrator/cluster/service.c orchestrator/cluster/service.h \
	orchestrator/cluster/stamp.c orchestrator/cluster/stamp.h \
	orchestrator/cluster/window.c orchestrator/cluster/window.h
