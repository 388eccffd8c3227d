# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/bootstrap/bootstrap_survey.c orchestrator/bootstrap/bootstrap_survey.h \
	orchestrator/bootstrap/serving_evidence.c orchestrator/bootstrap/serving_evidence.h
