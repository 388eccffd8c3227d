# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += orchestrator/engine/engine.c \
	orchestrator/engine/engine.h orchestrator/engine/guard.c orchestrator/engine/rewind.c \
	orchestrator/engine/rewind.h
