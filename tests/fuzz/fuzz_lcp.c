/* SPDX-License-Identifier: MIT */

/*
 * A diagnosis takes any frames of a server: what it answers is LCP of the frame's size, and what it
 * notes is within bounds. The input is frames, each with its length in an octet before it.
 */

#include "diagnose/lcp_probe.h"
#include "fuzz.h"

static void check_reply(const uint8_t *reply, size_t len, size_t taken)
{
	if (!len)
		return;
	/* At most address and control field more than the frame had. */
	FUZZ_CHECK(len >= 8 && len <= taken + 2);
	FUZZ_CHECK(memcmp(reply, "\xff\x03\xc0\x21", 4) == 0);
	FUZZ_CHECK(reply[4] == 2 || reply[4] == 6 || reply[4] == 10);
	FUZZ_CHECK(((size_t)reply[6] << 8 | reply[7]) == len - 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lcp_probe probe = LCP_PROBE_NEW;
	struct fuzz_input in = { data, size };
	uint8_t reply[LCP_PROBE_FRAME_MAX];

	while (in.left) {
		/* Frames are longer than an octet says. */
		size_t len = (size_t)fuzz_u8(&in) * 9 % (in.left + 1);
		uint8_t *frame = fuzz_copy(in.p, len);
		size_t echoed = probe.echoed_size;

		in.p += len;
		in.left -= len;
		check_reply(reply, lcp_probe_take(&probe, frame, len, reply), len);
		FUZZ_CHECK(probe.echoed_size == echoed || probe.echoed_size <= len);
		FUZZ_CHECK(!lcp_probe_is_open(&probe) || probe.answered);
		free(frame);
	}
	return 0;
}
