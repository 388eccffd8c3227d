/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timeline of a run as SVG. */
#include "orchestrator/report/chart.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "orchestrator/report/draw.h"
#include "orchestrator/report/markup.h"
#include "orchestrator/report/words.h"

#define AXIS_HEIGHT 26.0
#define STEP_HEIGHT 24.0
#define ROLE_HEIGHT 18.0
#define LANE_GAP 14.0

/* How a step is drawn: the classes of page_style and the patterns below. */
static const struct {
	const char *class, *label;
	const char *steps[4];
} looks[] = {
	{"prepare", "prepare", {"verify", "preflight", "upload", NULL}},
	{"change", "stop, install", {"stop", "install", NULL, NULL}},
	{"boot", "reboot", {"reboot", "return", NULL, NULL}},
	{"check", "check", {"services", "role", "final", NULL}},
	{"failover", "fail over", {"failover", "rehearse", "restore", NULL}},
};
enum { LOOK_COUNT = sizeof(looks) / sizeof(looks[0]) };

static const char patterns[] =
	"<defs>"
	"<pattern id=\"p-change\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
	"patternTransform=\"rotate(45)\"><rect class=\"f-change\" width=\"7\" height=\"7\"/>"
	"<rect class=\"ink\" width=\"1.6\" height=\"7\"/></pattern>"
	"<pattern id=\"p-boot\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<rect class=\"f-boot\" width=\"6\" height=\"6\"/><circle class=\"ink\" cx=\"3\" cy=\"3\" "
	"r=\"1.1\"/></pattern>"
	"<pattern id=\"p-check\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<rect class=\"f-check\" width=\"6\" height=\"6\"/><rect class=\"ink\" width=\"6\" "
	"height=\"1.1\"/></pattern>"
	"<pattern id=\"p-failover\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	"<rect class=\"f-failover\" width=\"6\" height=\"6\"/><rect class=\"ink\" width=\"1.4\" "
	"height=\"6\"/></pattern>"
	"<pattern id=\"p-backup\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
	"patternTransform=\"rotate(-45)\"><rect class=\"f-backup\" width=\"7\" height=\"7\"/>"
	"<rect class=\"ink\" width=\"1.2\" height=\"7\"/></pattern>"
	"<pattern id=\"p-gone\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\">"
	"<rect class=\"f-gone\" width=\"5\" height=\"5\"/><circle class=\"ink2\" cx=\"2.5\" "
	"cy=\"2.5\" r=\"0.9\"/></pattern>"
	"<pattern id=\"p-bad\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" "
	"patternTransform=\"rotate(45)\"><rect class=\"f-bad\" width=\"5\" height=\"5\"/>"
	"<rect class=\"ink2\" width=\"2\" height=\"5\"/></pattern>"
	"<pattern id=\"p-silent\" width=\"9\" height=\"9\" patternUnits=\"userSpaceOnUse\">"
	"<rect class=\"f-silent\" width=\"9\" height=\"9\"/><path class=\"cross\" "
	"d=\"M2 2l4 4M6 2l-4 4\"/></pattern>"
	"</defs>";

void draw_words(struct draw *draw, double x, double y, const char *class, const char *anchor,
	const char *words)
{
	text_appendf(draw->out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\" text-anchor=\"%s\">", x,
		y, class, anchor);
	markup_words(draw->out, words);
	text_append(draw->out, "</text>\n");
}

double draw_width(const char *words)
{
	size_t count = 0;

	for (; *words; words++)
		count += (*words & 0xc0) != 0x80;
	return 6.3 * (double)count;
}

char *draw_short(const char *words, size_t most)
{
	struct text out = {0};
	size_t count = 0, length = 0;

	for (; words[length]; length++) {
		/* Not in the middle of a character. */
		if ((words[length] & 0xc0) != 0x80 && count++ == most)
			break;
	}
	text_append_bytes(&out, words, length);
	text_append(&out, words[length] ? "…" : "");
	return text_take(&out);
}

static const char *look_of(const char *step)
{
	for (size_t i = 0; i < LOOK_COUNT; i++) {
		for (size_t j = 0; j < 4 && looks[i].steps[j]; j++) {
			if (strcmp(looks[i].steps[j], step) == 0)
				return looks[i].class;
		}
	}
	return "prepare";
}

static void rectangle(
	struct draw *draw, const char *class, double left, double width, double top, double height)
{
	text_appendf(draw->out,
		"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", class,
		left, top, width < 1.5 ? 1.5 : width, height);
}

/* Its number in the table of steps, and its name, as far as there is room. */
static void bar_words(struct draw *draw, const struct report_bar *bar, double left, double width)
{
	const struct report_step *step = &draw->report->steps[bar->step];
	const char *mark = bar->outcome == REPORT_DONE	  ? ""
			   : bar->outcome == REPORT_BEGUN ? "… "
							  : "✕ ";
	char words[128];

	snprintf(words, sizeof(words), "%s%zu %.60s", mark, bar->step + 1, step->name);
	if (draw_width(words) + 6 > width)
		snprintf(words, sizeof(words), "%s%zu", mark, bar->step + 1);
	if (draw_width(words) + 2 > width)
		snprintf(words, sizeof(words), "%s", *mark ? mark : "");
	if (!words[0] || draw_width(words) > width)
		return;
	draw_words(draw, left + width / 2, draw->y + STEP_HEIGHT - 8, "on", "middle", words);
}

static void bar(struct draw *draw, const struct report_bar *bar)
{
	const struct report_step *step = &draw->report->steps[bar->step];
	double left = axis_x(&draw->axis, bar->from_us);
	double width = axis_x(&draw->axis, bar->to_us) - left;
	char class[64];

	snprintf(class, sizeof(class), "bar %s",
		bar->outcome == REPORT_FAILED || bar->outcome == REPORT_REFUSED ? "bad"
		: bar->outcome == REPORT_BEGUN					? "unfinished"
					       : look_of(step->name));
	text_append(draw->out, "<g><title>");
	text_appendf(draw->out, "%zu. ", bar->step + 1);
	markup_words(draw->out, step->title);
	text_append(draw->out, ": ");
	words_duration(draw->out, bar->to_us - bar->from_us);
	text_appendf(draw->out, ", %s</title>", report_outcome_name(bar->outcome));
	rectangle(draw, class, left, width, draw->y, STEP_HEIGHT);
	bar_words(draw, bar, left, width);
	text_append(draw->out, "</g>\n");
}

static void bars_of(struct draw *draw, int node)
{
	for (size_t i = 0; i < draw->report->bar_count; i++) {
		const struct report_bar *each = &draw->report->bars[i];

		if (draw->report->steps[each->step].node == node)
			bar(draw, each);
	}
}

/* What a phase looks like, and the word for it. */
struct phase_look {
	const char *class, *words, *letter, *ink;
};

static struct phase_look look_at(const struct report_phase *phase)
{
	static const struct phase_look gone = {"role gone", "no answer", "", "on"},
				       stopped = {"role none", "stopped", "", "on"},
				       unknown = {"role none", "no role", "", "on"},
				       primary = {"role primary", "primary", "P", "on-dark"},
				       backup = {"role backup", "backup", "B", "on"};

	if (!phase->reachable)
		return gone;
	if (!phase->services && !phase->holds)
		return stopped;
	switch (phase->role) {
	case ROLE_PRIMARY:
		return primary;
	case ROLE_BACKUP:
		return backup;
	case ROLE_UNKNOWN:
		break;
	}
	return unknown;
}

static void phase(struct draw *draw, const struct report_phase *phase, uint64_t to_us)
{
	struct phase_look look = look_at(phase);
	double left = axis_x(&draw->axis, phase->from_us);
	double width = axis_x(&draw->axis, to_us) - left;

	text_append(draw->out, "<g><title>");
	markup_words(draw->out, draw->report->nodes[phase->node].name);
	text_appendf(draw->out, ": %s, ", look.words);
	words_duration(draw->out, to_us - phase->from_us);
	text_append(draw->out, "</title>");
	rectangle(draw, look.class, left, width, draw->y, ROLE_HEIGHT);
	if (draw_width(look.words) + 6 < width)
		draw_words(draw, left + width / 2, draw->y + 13, look.ink, "middle", look.words);
	else if (look.letter[0] && width > 9)
		draw_words(draw, left + width / 2, draw->y + 13, look.ink, "middle", look.letter);
	text_append(draw->out, "</g>\n");
}

/* One band for phases in a row that look the same. */
static void phases_of(struct draw *draw, size_t node)
{
	const struct report *report = draw->report;
	const struct report_phase *first = NULL, *last = NULL;

	for (size_t i = 0; i < report->phase_count; i++) {
		const struct report_phase *each = &report->phases[i];

		if (each->node != node)
			continue;
		if (first && look_at(first).words == look_at(each).words &&
			each->from_us == last->to_us) {
			last = each;
			continue;
		}
		if (first)
			phase(draw, first, last->to_us);
		first = last = each;
	}
	if (first)
		phase(draw, first, last->to_us);
}

static void reboot(struct draw *draw, const struct report_reboot *reboot)
{
	CLEANUP(cleanup_text) struct text words = {0};
	double left = axis_x(&draw->axis, reboot->down_us);
	double right = axis_x(&draw->axis, reboot->up_us);
	double y = draw->y + ROLE_HEIGHT + STEP_HEIGHT + 6;

	text_appendf(draw->out,
		"<path class=\"mark\" d=\"M%.1f %.1fv6M%.1f %.1fv6M%.1f %.1fH%.1f\"/>", left, y,
		right, y, left, y + 3, right);
	text_append(&words, "reboot, ");
	words_duration(&words, reboot->up_us - reboot->down_us);
	draw_words(draw,
		right + 6 + draw_width(text_string(&words)) < DRAW_RIGHT ? right + 6 : left - 6,
		y + 7, "small",
		right + 6 + draw_width(text_string(&words)) < DRAW_RIGHT ? "start" : "end",
		text_string(&words));
}

static void node_lane(struct draw *draw, size_t node)
{
	const struct report *report = draw->report;
	bool rebooted = false;
	CLEANUP(cleanup_free) char *name = draw_short(report->nodes[node].name, 14);

	draw_words(draw, DRAW_LEFT - 12, draw->y + 13, "lane", "end", name);
	draw_words(draw, DRAW_LEFT - 12, draw->y + ROLE_HEIGHT + 17, "small", "end", "steps");
	phases_of(draw, node);
	for (size_t i = 0; i < report->reboot_count; i++) {
		if (report->reboots[i].node == node) {
			reboot(draw, &report->reboots[i]);
			rebooted = true;
		}
	}
	draw->y += ROLE_HEIGHT + 2;
	bars_of(draw, (int)node);
	draw->y += STEP_HEIGHT + (rebooted ? 16 : 0) + LANE_GAP;
}

static void piece_marks(struct draw *draw, const struct axis_piece *piece, double bottom)
{
	uint64_t step_us = axis_step(piece, 90);

	for (uint64_t at_us = piece->from_us / step_us * step_us; at_us <= piece->to_us;
		at_us += step_us) {
		CLEANUP(cleanup_text) struct text words = {0};
		double x = axis_x(&draw->axis, at_us);

		if (at_us < piece->from_us)
			continue;
		text_appendf(draw->out, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", x,
			AXIS_HEIGHT - 6, bottom);
		words_clock(&words, at_us);
		if (x > DRAW_LEFT + 20 && x < DRAW_RIGHT - 10)
			draw_words(draw, x, 12, "tick", "middle", text_string(&words));
	}
}

static void cut(struct draw *draw, const struct axis_piece *before, double bottom)
{
	const struct axis_piece *after = before + 1;
	double middle = (before->right + after->left) / 2;
	CLEANUP(cleanup_text) struct text words = {0};

	text_appendf(draw->out,
		"<rect class=\"cut\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
		before->right + 6, AXIS_HEIGHT - 6, after->left - before->right - 12,
		bottom - AXIS_HEIGHT + 6);
	words_duration(&words, after->from_us - before->to_us);
	draw_words(draw, middle, 12, "small", "middle", "paused");
	draw_words(draw, middle, 25, "small", "middle", text_string(&words));
}

/* Lines behind everything, the clock above it. */
static void grid(struct draw *draw, double bottom)
{
	for (size_t i = 0; i < draw->axis.count; i++) {
		piece_marks(draw, &draw->axis.pieces[i], bottom);
		if (i + 1 < draw->axis.count)
			cut(draw, &draw->axis.pieces[i], bottom);
	}
}

/* A row of samples with their words. */
struct sample {
	const char *class, *label;
};

static void samples(struct draw *draw, const struct sample *each, size_t count)
{
	double x = DRAW_LEFT;

	for (size_t i = 0; i < count; i++) {
		rectangle(draw, each[i].class, x, 22, draw->y, 13);
		draw_words(draw, x + 28, draw->y + 11, "small", "start", each[i].label);
		x += 28 + draw_width(each[i].label) + 26;
	}
	draw->y += 21;
}

static void legend(struct draw *draw)
{
	static const struct sample roles[] = {{"role primary", "primary (serves)"},
		{"role backup", "backup"}, {"role none", "stopped or no role"},
		{"role gone", "no answer"}, {"bar bad", "failed"},
		{"bar unfinished", "not finished"}};
	static const struct sample answers[] = {{"answers", "requests answered"},
		{"failures", "requests failed"}, {"silent", "no answer came"},
		{"stalled", "nobody asked: the asking machine was too busy"}};
	struct sample steps[LOOK_COUNT];
	char classes[LOOK_COUNT][32];

	for (size_t i = 0; i < LOOK_COUNT; i++) {
		snprintf(classes[i], sizeof(classes[i]), "bar %s", looks[i].class);
		steps[i] = (struct sample){classes[i], looks[i].label};
	}
	samples(draw, steps, LOOK_COUNT);
	samples(draw, roles, sizeof(roles) / sizeof(roles[0]));
	if (draw->report->vantage_count)
		samples(draw, answers, sizeof(answers) / sizeof(answers[0]));
	draw->y += 4;
}

void chart_draw(struct text *out, const struct report *report)
{
	CLEANUP(cleanup_text) struct text body = {0}, back = {0};
	struct draw draw = {.out = &body, .report = report, .y = AXIS_HEIGHT + 6};
	double bottom;

	axis_make(report, DRAW_LEFT, DRAW_RIGHT - DRAW_LEFT, &draw.axis);
	draw_words(&draw, DRAW_LEFT - 12, draw.y + 16, "lane", "end", "whole cluster");
	bars_of(&draw, REPORT_NO_NODE);
	draw.y += STEP_HEIGHT + LANE_GAP;
	for (size_t i = 0; i < report->node_count; i++)
		node_lane(&draw, i);
	for (size_t i = 0; i < report->vantage_count; i++)
		draw_probe(&draw, i);
	bottom = draw.y;
	draw.y += 12;
	legend(&draw);
	draw.out = &back;
	grid(&draw, bottom);
	text_appendf(out,
		"<svg class=\"chart\" viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
		"aria-label=\"Timeline of the run: steps, roles and reboots of each node, and what "
		"the probe saw; the tables below say the same in words\" "
		"xmlns=\"http://www.w3.org/2000/svg\">\n%s\n",
		DRAW_WIDTH, draw.y, patterns);
	text_append(out, text_string(&back));
	text_append(out, text_string(&body));
	text_append(out, "</svg>\n");
}
