# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/lease/renewal.c orchestrator/lease/renewal.h \
	orchestrator/lease/lease.c orchestrator/lease/lease.h \
	orchestrator/lease/script.h \
	orchestrator/lease/lease_text.c orchestrator/lease/lease_text.h
EMBEDDED_SHELL += \
	orchestrator/lease/end.sh \
	orchestrator/lease/look.sh \
	orchestrator/lease/take.sh
SHARED_SHELL += orchestrator/lease/lease.sh
