# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/run/advice.c orchestrator/run/advice.h \
	orchestrator/run/drive.c orchestrator/run/drive.h
