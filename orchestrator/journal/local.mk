# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/journal/chain.c orchestrator/journal/chain.h \
	orchestrator/journal/database.c orchestrator/journal/database.h \
	orchestrator/journal/journal.c orchestrator/journal/journal.h \
	orchestrator/journal/load_lines.c \
	orchestrator/journal/load_run.c orchestrator/journal/load_run.h \
	orchestrator/journal/lock.c orchestrator/journal/lock.h \
	orchestrator/journal/note.c orchestrator/journal/note.h \
	orchestrator/journal/schema.c orchestrator/journal/schema.h
