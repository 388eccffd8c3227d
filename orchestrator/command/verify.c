/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade verify: is this bundle whole, unaltered, complete? */
#include "orchestrator/command/command.h"
#include "orchestrator/command/output.h"
#include "orchestrator/command/prepare.h"

/* For scripts: the verdict on each line, as md5sum -c prints it. */
static void line_event(void *data, const struct bundle_line *line)
{
	bool proper = line->verdict != BUNDLE_LINE_IMPROPER;

	(void)data;
	output_event(json_pack("{s:s, s:o, s:I, s:o, s:s?, s:s?, s:s?, s:s}", "event", "line",
		"manifest", output_text(line->manifest), "line", (json_int_t)line->line, "file",
		proper ? output_text(line->name) : json_null(), "digest",
		proper ? digest_name(line->kind) : NULL, "expected", line->expected, "actual",
		line->actual, "verdict", bundle_verdict_name(line->verdict)));
}

static int verify(const struct settings *settings, char **arguments, int count)
{
	CLEANUP(cleanup_bundle) struct bundle *bundle = NULL;
	int status = prepare_bundle(settings, arguments[0], &bundle);
	size_t i;

	(void)count;
	if (!bundle)
		return status;
	if (settings->json)
		bundle_lines(bundle, line_event, NULL);
	for (i = 0; i < bundle->package_count; i++) {
		const struct bundle_package *package = &bundle->packages[i];
		const char *nevra = package->damage ? "damaged" : package->package.nevra;
		char file[512];

		if (settings->json)
			output_event(json_pack("{s:s, s:o, s:o, s:s, s:s}", "event", "package",
				"file", output_text(package->entry), "nevra", output_text(nevra),
				"sha256", package->sha256, "signature",
				package->damage
					? "none"
					: package_signature_name(package->package.signature)));
		else
			output_say(settings, "%-8s %s (%s)\n", package->damage ? "DAMAGED" : "read",
				text_printable(file, sizeof(file), package->entry), nevra);
	}
	if (settings->json)
		output_event(
			json_pack("{s:s, s:b}", "event", "verdict", "whole", status == EXIT_DONE));
	else
		output_say(settings, "%s: %s\n", bundle->path,
			status == EXIT_DONE ? "whole and unaltered" : "must not be used");
	return status;
}

static const struct option_spec options[] = {
	COMMAND_SIGNATURE_OPTIONS,
	{0},
};

const struct command command_verify = {
	.name = "verify",
	.page =
		{
			.usage = "haupgrade verify [OPTION...] BUNDLE",
			.summary = "Is this bundle whole, unaltered, complete?\n"
				   "Reads every package and manifest of the folder or archive; "
				   "every problem is "
				   "told, not just the first.",
			.options = options,
			.notes = "Exit status: 0 yes, 1 no, 2 could not tell.",
		},
	.minimum = 1,
	.maximum = 1,
	.run = verify,
};
