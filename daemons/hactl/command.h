/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hactl's commands. */
#ifndef DAEMONS_HACTL_COMMAND_H
#define DAEMONS_HACTL_COMMAND_H

/* The whole program; returns its exit status: 0 done, 1 the answer is no, 2 usage or no daemon. */
int command_main(int argc, char **argv);

#endif
