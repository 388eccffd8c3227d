/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of notes in a run's journal and the JSON object that each has for its text. Who
 * produces such a fact writes the note through journal_note; `haupgrade report` shows them. A
 * reader passes over keys and kinds it does not know. Times are of the line; a node is named as in
 * the cluster file; what is absent was not known.
 */
#ifndef ORCHESTRATOR_JOURNAL_NOTE_H
#define ORCHESTRATOR_JOURNAL_NOTE_H

#include <jansson.h>

/* A JSON string of words that may hold anything: what is no UTF-8 is shown as \xNN. Owned. */
json_t *note_string(const char *words);

/* A check of preflight: {"name", "node"?, "result": "pass"|"warn"|"fail"|"skipped", "text",
 * "fix"?, "command"?, "answer"?, "waived"?: reason}. */
#define NOTE_CHECK "check"
/* A check that counts for nothing in this run, and why: {"name", "reason"}. */
#define NOTE_WAIVED "waived"
/* The cluster, when it is not as it was last seen: {"nodes": [{"name", "role":
 * "primary"|"backup"|"unknown", "services": bool, "holds": bool, "reachable": bool, "upgraded":
 * bool, "boot"?: text}]}. */
#define NOTE_OBSERVED "observed"
/* Some time of a probe, by the wall clock: {"vantage", "from_us", "to_us", "asked", "good",
 * "failed", "slow", "max_us" (of good answers), "mean_us", "skipped", "cells"?: [[good, failed,
 * max_us, stalled_us], ...] tenth of a second by tenth, the first beginning at from_us}. At most
 * one per second and vantage. */
#define NOTE_PROBE "probe"
/* The vantage point of the run's own probe: the one that counts, as the clients see the service. */
#define NOTE_PROBE_ADMIN "admin"
/* The whole of a probe, at the end of a process's work: {"vantage", "asked", "good", "failed",
 * "slow", "skipped", "longest_gap_ms"?, "target"?, "rate"?, "error"?}. */
#define NOTE_PROBED "probed"
/* A node asks the floating IP too, or its sshd does not let it: {"node", "state":
 * "asking"|"forbidden", "text"}. What it sees: NOTE_PROBE and NOTE_PROBED with its name. */
#define NOTE_VANTAGE "vantage"
/* A connection held through the floating IP broke: {"state": "broken", "text", "step", "age_s"}; or
 * how all of them ended: {"state": "end", "wanted", "survivors", "broken", "ended" (as the service
 * announced), "text"}. */
#define NOTE_HELD "held"
/* What held a step that might have begun, or let it go: {"what", "text", "go", "node"?}. */
#define NOTE_GATE "gate"
/* A hook or notification: {"name", "status", "text", "node"?, "output"?}. */
#define NOTE_HOOK "hook"
/* A configuration file that a package left beside, or replaced: {"node", "path", "kind"}. */
#define NOTE_CONFIG_FILE "config-file"
/* The lease on the nodes: {"text", "token"}. */
#define NOTE_LEASE "lease"
/* A bundle kept on the nodes for a way back: {"text", "nodes"}. */
#define NOTE_KEPT "kept"
/* A resumed run planned anew what was left: the run's plan from now on, as the run's own, and
 * {"from": index of the first new step, "reason": text}. */
#define NOTE_PLAN "plan"
/* Services that a run had stopped were started again before it stopped, or why not: {"node",
 * "text"}. Journals of the first haupgrades have plain words there: "NODE: TEXT". */
#define NOTE_UNDO "undo"
/* A node's services are about to be started, by no step of the plan, and why: {"node", "text"}. */
#define NOTE_START "start"
/* Packages of a node, when they are not as last seen in this run: {"node", "packages": [text]}. */
#define NOTE_VERSIONS "versions"

#endif
