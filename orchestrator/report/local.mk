# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/report/axis.c orchestrator/report/axis.h \
	orchestrator/report/build.h \
	orchestrator/report/chart.c orchestrator/report/chart.h \
	orchestrator/report/model_clear.c \
	orchestrator/report/draw.h \
	orchestrator/report/json.c \
	orchestrator/report/markup.c orchestrator/report/markup.h \
	orchestrator/report/model.c orchestrator/report/model.h \
	orchestrator/report/notes.c \
	orchestrator/report/page.c orchestrator/report/page.h \
	orchestrator/report/probe_chart.c \
	orchestrator/report/style.c \
	orchestrator/report/summary.c orchestrator/report/summary.h \
	orchestrator/report/tables.c \
	orchestrator/report/text.c \
	orchestrator/report/versions.c \
	orchestrator/report/words.c orchestrator/report/words.h
