/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frame of a request to a daemon on the same machine, which both ends must agree on. */
#ifndef LIB_WIRE_CONTROL_H
#define LIB_WIRE_CONTROL_H

/*
 * Over libqb IPC: one JSON object each way, behind libqb's request and response headers, without a
 * terminating zero. Request {"version":1,"command":NAME,...}, response {"version":1,"ok":true,...}
 * or {"version":1,"ok":false,"error":TEXT}. Members that are not known are ignored.
 */
#define CONTROL_VERSION 1
#define CONTROL_NAME "heartbeatd"
/* Header and text; both directions. 64 floating addresses and 16 nodes take about 20 KiB. */
#define CONTROL_MESSAGE_MAX (128 * 1024)

#endif
