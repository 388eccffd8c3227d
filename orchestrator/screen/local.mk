# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/screen/layout.c orchestrator/screen/layout.h \
	orchestrator/screen/line.c orchestrator/screen/line.h \
	orchestrator/screen/model.h \
	orchestrator/screen/screen.c orchestrator/screen/screen.h \
	orchestrator/screen/sparkline.c orchestrator/screen/sparkline.h
