/* SPDX-License-Identifier: MIT */

/*
 * Splits what a read from a synchronous pty brought: the frames are the chunk, all of it, in order,
 * none empty; what is cut off by its length field is as long as that says.
 */

#include "fuzz.h"
#include "sync.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *chunk = fuzz_copy(data, size);
	struct sync_splitter splitter;
	struct pptp_frame frame;
	size_t at = 0;

	pptp_sync_splitter_start(&splitter, chunk, size);
	while (pptp_sync_splitter_next(&splitter, &frame)) {
		struct sync_splitter alone;
		struct pptp_frame again;

		FUZZ_CHECK(frame.data == chunk + at && frame.len > 0 && frame.len <= size - at);
		at += frame.len;
		/* A frame by itself is one frame. */
		pptp_sync_splitter_start(&alone, frame.data, frame.len);
		FUZZ_CHECK(pptp_sync_splitter_next(&alone, &again) && again.len == frame.len);
		FUZZ_CHECK(!alone.saw_mppe || splitter.saw_mppe);
	}
	FUZZ_CHECK(at == size);
	FUZZ_CHECK(!pptp_sync_splitter_next(&splitter, &frame));
	FUZZ_CHECK(memcmp(chunk, data, size) == 0 || !size);
	free(chunk);
	return 0;
}
