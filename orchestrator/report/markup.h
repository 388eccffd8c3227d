/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one place where words become part of an HTML or SVG document. Pure. */
#ifndef ORCHESTRATOR_REPORT_MARKUP_H
#define ORCHESTRATOR_REPORT_MARKUP_H

#include "lib/base/text.h"

/*
 * Words of anybody's as text or inside a quoted attribute: & < > " ' as references; what no
 * document may hold or a reader might be misled by (control characters, bytes that are no UTF-8,
 * marks that turn the direction of writing) visibly as \xNN or \u{NNNN}.
 */
void markup_words(struct text *out, const char *words);
/* The same with line feeds kept, for <pre>. */
void markup_lines(struct text *out, const char *words);
/* <name class="class">words</name>; class may be NULL. */
void markup_element(struct text *out, const char *name, const char *class, const char *words);

#endif
