/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run says while it is prepared and carried out, and what it asks. Whoever shows it keeps a
 * teller in a structure of his own; run/ prints nothing.
 */
#ifndef ORCHESTRATOR_RUN_TELLER_H
#define ORCHESTRATOR_RUN_TELLER_H

#include <signal.h>

#include "orchestrator/bundle/bundle.h"
#include "orchestrator/check/check.h"
#include "orchestrator/gate/gate.h"
#include "orchestrator/run/drive.h"
#include "orchestrator/step/watch.h"

/* How a piece of work ended; unless OUTCOME_DONE, all about it has been told. */
enum outcome {
	OUTCOME_DONE,
	OUTCOME_NO,	/* the answer is no, or the run stopped safely */
	OUTCOME_UNABLE, /* usage or environment */
};

enum told_kind {
	TOLD_WORDS,	   /* how it goes on: whole lines */
	TOLD_TROUBLE,	   /* what went wrong, or is refused: a sentence */
	TOLD_READING,	   /* how far the reading of a bundle is; called often */
	TOLD_READ,	   /* ... it has ended */
	TOLD_FINDINGS,	   /* what is wrong or odd with a bundle */
	TOLD_CHECKS,	   /* preflight's outcomes */
	TOLD_NODES_HELD,   /* the nodes are about to be held: no reader is waited for any more */
	TOLD_RUN_NUMBERED, /* a new run is in the journal */
	TOLD_IDLE,	   /* there is nothing (more) to do, and why */
	TOLD_GATE,	   /* what a gate, hook or notification did */
	TOLD_STEPS_BEGIN,  /* teller->steps is called until TOLD_STEPS_END */
	TOLD_STEPS_END,
	TOLD_STEPS_GONE, /* what TOLD_STEPS_BEGIN has lent is taken back */
	TOLD_PROBE,	 /* what the probe saw, and what else was seen beside it, in all */
	TOLD_STOPPED,	 /* the run did not come to its end, and why */
	TOLD_ADVICE,	 /* who serves, how to go on or back: whole lines */
	TOLD_RUN_ENDS,	 /* the last word about a run that was carried out */
};

/* Of a run's steps. What it points to is lent until TOLD_STEPS_GONE, watch until TOLD_STEPS_END. */
struct told_steps {
	int64_t run_id;
	enum plan_kind kind;
	const struct cluster *cluster;
	const struct plan *plan;
	size_t first_step;   /* those before it were done earlier */
	struct probe *probe; /* or NULL */
	struct watch *watch; /* or NULL */
	const struct expected_duration *expect;
};

struct told_end {
	int64_t run_id;
	enum engine_cause cause; /* CAUSE_NONE: done */
	const char *reason;	 /* "" when done */
	const char *done;	 /* what is true when it has ended well */
	double seconds;
};

/* Plain data, borrowed for the call. The member is that of the kind. */
struct told {
	enum told_kind kind;
	union {
		const char *words; /* TOLD_WORDS, TOLD_TROUBLE, TOLD_ADVICE */
		struct {
			uint64_t done, total; /* bytes */
		} reading;
		const struct bundle_findings *findings;
		struct {
			const struct checks *checks;
			const struct cluster *cluster;
			bool all; /* those that passed are of interest, too */
		} preflight;
		struct {
			int64_t run_id;
			const struct target *target;
		} numbered;
		struct {
			int64_t run_id; /* 0: no run */
			const char *reason;
		} idle;
		const struct gate_news *gate;
		const struct told_steps *steps;
		struct {
			const struct tally_summary *summary;
			struct watch *watch; /* after its end; or NULL */
		} probe;
		const struct told_end *end; /* TOLD_STOPPED, TOLD_RUN_ENDS */
	};
};

/* Called in the thread that carries the run out, but for what the listeners say of themselves. */
struct teller {
	void (*tell)(struct teller *teller, const struct told *told);
	/* Asks somebody at a terminal, as gate_setup.ask. NULL: nobody is there. */
	int (*ask)(struct teller *teller, const char *question, bool (*given_up)(void *gate),
		void *gate);
	/* May the nodes be changed as the plan says? OUTCOME_NO: no; OUTCOME_UNABLE: nobody is
	 * there. */
	enum outcome (*may_proceed)(
		struct teller *teller, const struct cluster *cluster, const struct plan *plan);
	struct drive_listener *steps;
	struct propagate_listener *files; /* set where the run brings files */
};

/* The process that works on a run. Plain data, borrowed. */
struct run_process {
	const char *state_folder;
	volatile sig_atomic_t *interrupted; /* set by a signal; every wait ends soon after */
	/* How the nodes are found and logged in to. */
	const char *profile_folder; /* NULL: the usual places */
	/* Descriptors that passwords and passphrases are read from; 0: they are asked for. */
	int password_file;
	int passphrase_file;
	struct teller *teller;
};

/* TOLD_WORDS; the words are whole lines. */
void teller_say(struct teller *teller, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void teller_complain(struct teller *teller, const char *words);
/* Complains of the error; returns the outcome, for `return teller_fail(...)`. */
enum outcome teller_fail(struct teller *teller, const struct error *err, enum outcome outcome);
void teller_idle(struct teller *teller, int64_t run_id, const char *reason);

#endif
