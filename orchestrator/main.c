/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haupgrade: upgrades a running cluster without its clients noticing. */
#include "orchestrator/command/command.h"

int main(int argc, char **argv)
{
	return command_main(argc, argv);
}
