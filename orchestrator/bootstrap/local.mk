# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/bootstrap/bootstrap.c orchestrator/bootstrap/bootstrap.h \
	orchestrator/bootstrap/serving.c orchestrator/bootstrap/serving.h
