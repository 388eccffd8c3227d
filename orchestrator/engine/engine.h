/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The run of a plan as a pure state machine: an event and the time go in, one action comes out.
 * It owns the order (gate, observe, guard, journal, act, confirm, journal), deadlines, retries,
 * the undo before a stop, and the invariants; it does no I/O and never asks a clock.
 */
#ifndef ORCHESTRATOR_ENGINE_ENGINE_H
#define ORCHESTRATOR_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "orchestrator/plan/plan.h"
#include "orchestrator/plan/view.h"

enum engine_state {
	ENGINE_READY,	   /* nothing has happened yet */
	ENGINE_CHECKING,   /* after a resume: did the step get done before the death? */
	ENGINE_GATING,	   /* the caller asks whether the step may begin now */
	ENGINE_OBSERVING,  /* the caller is looking at the cluster */
	ENGINE_INTENDING,  /* the caller is making the intent durable */
	ENGINE_ACTING,	   /* the caller is running the step */
	ENGINE_PAUSING,	   /* between two looks for a step's evidence */
	ENGINE_CONFIRMING, /* the caller is making "done" durable */
	ENGINE_WEIGHING,   /* about to stop: the caller looks whether the step can be undone */
	ENGINE_UNDOING,	   /* the caller is undoing the step */
	ENGINE_STOPPED,	   /* ended safely before the plan's end; cause and reason say why */
	ENGINE_DONE,
	ENGINE_STATE_COUNT
};

enum engine_event_kind {
	EVENT_START,	 /* begin, or go on after a resume */
	EVENT_VIEW,	 /* answer to ACTION_OBSERVE */
	EVENT_JOURNALED, /* answer to ACTION_INTEND and ACTION_CONFIRM: it is durable */
	EVENT_GO,	 /* answers to ACTION_GATE: the step may begin */
	EVENT_HOLD,	 /* it may not, and waiting does not help */
	EVENT_DONE,	 /* answers to ACTION_CHECK, _ACT and _UNDO: the evidence is there */
	EVENT_WAIT,	 /* the evidence is not there yet; to ACTION_GATE: the step may not yet */
	EVENT_RETRY,	 /* something failed that may well go away */
	EVENT_REFUSED,	 /* the answer is no: going on would be wrong */
	EVENT_ELAPSED,	 /* answer to ACTION_PAUSE */
	EVENT_INTERRUPT, /* the operator wants to stop now */
	EVENT_BROKEN,	 /* the journal cannot be written */
	ENGINE_EVENT_COUNT
};

struct engine_event {
	enum engine_event_kind kind;
	const struct cluster_view *view; /* with EVENT_VIEW */
	const char *text; /* reason with HOLD, RETRY, WAIT, REFUSED and BROKEN, or NULL */
};

enum engine_action_kind {
	ACTION_CHECK,	/* look for the step's evidence without acting */
	ACTION_GATE,	/* may the step begin now? EVENT_GO, EVENT_WAIT or EVENT_HOLD */
	ACTION_OBSERVE, /* look at all nodes and the probe, then EVENT_VIEW */
	ACTION_INTEND,	/* journal that the step is about to act, then EVENT_JOURNALED */
	ACTION_ACT,	/* look for the evidence and act once if it needs to */
	ACTION_CONFIRM, /* journal that the step is done, then EVENT_JOURNALED */
	ACTION_PAUSE,	/* let pause_ms pass, then EVENT_ELAPSED */
	ACTION_UNDO,	/* take back what the step began: start the node's services again */
	ACTION_STOP,	/* the run has stopped; cause and reason say why */
	ACTION_FINISH,	/* the run is done */
};

/* Why a run ended. */
enum engine_cause {
	CAUSE_NONE,	 /* it is done */
	CAUSE_FAILURE,	 /* a step failed, was refused by the guard, or took too long */
	CAUSE_INTERRUPT, /* ^C: at once */
	CAUSE_ABORT,	 /* engine_abort: at a safe point */
	CAUSE_GATE,	 /* a gate did not open */
	CAUSE_JOURNAL,	 /* the journal cannot be written */
	ENGINE_CAUSE_COUNT
};

struct engine_action {
	enum engine_action_kind kind;
	size_t step; /* index into the plan */
	uint32_t pause_ms;
	const char *reason; /* with PAUSE: why the guard holds the step, or NULL; the engine's */
};

/*
 * The pause between two looks; after trouble it doubles from try to try up to the longest. The
 * grace is how long a step may be in a state that its guard refuses: what it began is still taking
 * effect, or the state passes by itself.
 */
enum { ENGINE_PAUSE_MS = 100, ENGINE_PAUSE_MAX_MS = 5000, ENGINE_GRACE_MS = 20000 };

/* What a reason is cut at: the engine owns no memory. */
enum { ENGINE_REASON_SIZE = 4096 };

/* Plain data so that exploration can copy and compare states; only engine_* functions write it. */
struct engine {
	const struct plan *plan; /* borrowed */
	uint64_t deadlines_ms[STEP_KIND_COUNT];
	enum engine_state state;
	size_t step;		       /* the first that is not done */
	bool intended;		       /* the current step's intent is durable */
	bool abort_wanted;	       /* engine_abort was called */
	bool undo_asked;	       /* an undo was begun */
	bool undone;		       /* what the step had begun was taken back before the stop */
	enum engine_cause cause;       /* of the stop */
	enum engine_state after_pause; /* what is asked for then */
	unsigned int troubles;	       /* in a row */
	uint64_t step_began_ms;	       /* when its gate opened, once it did */
	bool refused;		       /* by the guard, at every look since refused_ms */
	uint64_t refused_ms;
	uint64_t undo_began_ms;
	/* Last, and never cleared as a whole, which would take longer than a decision. */
	char reason[ENGINE_REASON_SIZE];       /* why it stopped */
	char last_trouble[ENGINE_REASON_SIZE]; /* what the step last complained of */
};

/*
 * first_step: the first step that is not done (0 for a new run); intended: its intent was
 * journaled by an earlier process, so it may have been acted on. deadlines_ms: for each kind
 * how long a step may take until its evidence is there.
 */
void engine_init(struct engine *engine, const struct plan *plan, size_t first_step, bool intended,
	const uint64_t deadlines_ms[STEP_KIND_COUNT]);

/* The only function that changes the state. now_ms: monotonic. */
struct engine_action engine_handle(
	struct engine *engine, const struct engine_event *event, uint64_t now_ms);

/*
 * The operator wants the run to end where it leaves the cluster whole: takes effect before the
 * next step that would begin a node's part or a fail-over, and where a gate makes wait with a
 * node that can simply be started again.
 */
void engine_abort(struct engine *engine);

/*
 * May this step act in this view? The invariants: a node that holds a floating IP or is primary
 * is never stopped, installed on or rebooted, no node is unless another one serves, an upgrade
 * stops none unless all others serve or can take over, nothing is installed under running services,
 * a fail-over needs an upgraded node that can take over, and no step acts when the lease is lost or
 * one of the probe's budgets is used up. A first installation stops, installs on and configures
 * nobody unless every node was asked and none takes part in serving, and starts a node with the
 * bundle's packages only. The steps that only wait for a node to come back (RETURN,
 * SERVICES, ROLE) are let through. 0, or -EPERM with the reason.
 */
int engine_guard(const struct step *step, const struct cluster_view *view, struct error *err);
/* The clients' side of it alone: does a budget hold (failures, gaps, held connections)? */
int engine_guard_budgets(const struct cluster_view *view, struct error *err);

/*
 * May the services of the step's node be started again, instead of going on with it? Only where
 * its packages are not the bundle's and the lease is held; never in a first installation, which
 * stops nobody who served. 0, or -EPERM with the reason.
 */
int engine_guard_undo(const struct step *step, const struct cluster_view *view, struct error *err);

/*
 * May the services of that node be started after a stop, with whatever packages it has? Only where
 * not all of them run, nobody was seen serving, and the lease is held; never in a first
 * installation, whose nodes may lack what they would serve with. 0, or -EPERM with the reason.
 */
int engine_guard_rescue(size_t index, const struct cluster_view *view, struct error *err);

const char *engine_state_name(enum engine_state state);
/* "done", "failure", "interrupt", "abort", "gate", "journal": stable words. */
const char *engine_cause_name(enum engine_cause cause);

#endif
