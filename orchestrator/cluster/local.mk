# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/cluster/catalog.c orchestrator/cluster/catalog.h \
	orchestrator/cluster/cluster.c orchestrator/cluster/cluster.h \
	orchestrator/cluster/cluster_options.c orchestrator/cluster/cluster_options.h \
	orchestrator/cluster/deadlines.c orchestrator/cluster/deadlines.h \
	orchestrator/cluster/file_settings.c orchestrator/cluster/file_settings.h \
	orchestrator/cluster/gate_settings.c orchestrator/cluster/gate_settings.h \
	orchestrator/cluster/host.c orchestrator/cluster/host.h \
	orchestrator/cluster/word_list.c orchestrator/cluster/word_list.h \
	orchestrator/cluster/pattern.c orchestrator/cluster/pattern.h \
	orchestrator/cluster/profile.c orchestrator/cluster/profile.h \
	orchestrator/cluster/profile_options.c orchestrator/cluster/profile_options.h \
	orchestrator/cluster/profile_warnings.c orchestrator/cluster/profile_warnings.h \
	orchestrator/cluster/service.c orchestrator/cluster/service.h \
	orchestrator/cluster/stamp.c orchestrator/cluster/stamp.h \
	orchestrator/cluster/value.c orchestrator/cluster/value.h \
	orchestrator/cluster/window.c orchestrator/cluster/window.h
