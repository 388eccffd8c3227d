/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bounded reading of bytes from the network: past the end nothing is read and `failed` says so. */
#ifndef LIB_WIRE_READER_H
#define LIB_WIRE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Plain data; borrows the bytes. Once failed, it stays failed and all reads give 0 or NULL. */
struct reader {
	const uint8_t *next;
	size_t left;
	bool failed;
};

struct reader reader_start(const void *bytes, size_t length);
/* Big-endian numbers. */
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
/* length bytes, borrowed from the input, or NULL. */
const void *reader_bytes(struct reader *reader, size_t length);
/*
 * The bytes up to the next '\n' (which is read too and not counted); borrowed, not terminated.
 * NULL with failed when there is no '\n' any more.
 */
const char *reader_line(struct reader *reader, size_t *length);

#endif
