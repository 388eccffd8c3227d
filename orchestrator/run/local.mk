# SPDX-License-Identifier: GPL-2.0-or-later
orchestrator_liborchestrator_a_SOURCES += \
	orchestrator/run/advice.c orchestrator/run/advice.h \
	orchestrator/run/continuation.c orchestrator/run/continuation.h \
	orchestrator/run/continuation_judge.c orchestrator/run/continuation_judge.h \
	orchestrator/run/drive.c orchestrator/run/drive.h \
	orchestrator/run/drive_judge.c orchestrator/run/drive_judge.h \
	orchestrator/run/later_runs.c orchestrator/run/later_runs.h \
	orchestrator/run/plan_record.c orchestrator/run/plan_record.h \
	orchestrator/run/recorder.c orchestrator/run/recorder.h \
	orchestrator/run/rescue.c orchestrator/run/rescue.h \
	orchestrator/run/rescue_judge.c orchestrator/run/rescue_judge.h \
	orchestrator/run/run_lease.c orchestrator/run/run_lease.h \
	orchestrator/run/run_options.c orchestrator/run/run_options.h \
	orchestrator/run/start_again.c orchestrator/run/start_again.h \
	orchestrator/run/start_again_judge.c orchestrator/run/start_again_judge.h
