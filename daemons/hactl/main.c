/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl: a node's operator's view. */
#include "daemons/hactl/command.h"

int main(int argc, char **argv)
{
	return command_main(argc, argv);
}
