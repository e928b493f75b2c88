/* SPDX-License-Identifier: MIT */
/* The core without memory: what is made is refused, what runs goes on with what it has. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pptp/proto/ctrl.h>
#include <pptp/proto/tunnel.h>

#include "disorder.h"
#include "reorder.h"
#include "run_suite.h"

#define MS PPTP_NS_PER_MS

/* The linker sends every allocation of the core here: -Wl,--wrap. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

/* Only while the core runs: Check allocates too. */
static bool limited;
static unsigned int allowed; /* allocations that still succeed, when limited */

static bool may_allocate(void)
{
	if (!limited)
		return true;
	if (!allowed)
		return false;
	allowed--;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return may_allocate() ? __real_malloc(size) : NULL;
}

/* Linked statically, musl's calloc() comes to __wrap_malloc(): that is one allocation. */
void *__wrap_calloc(size_t count, size_t size)
{
	const bool was_limited = limited;
	void *memory;

	if (!may_allocate())
		return NULL;
	limited = false;
	memory = __real_calloc(count, size);
	limited = was_limited;
	return memory;
}

START_TEST(nothing_can_be_made)
{
	static char unchanged;
	struct pptp_ctrl *ctrl = (struct pptp_ctrl *)&unchanged;
	struct pptp_tunnel *tunnel = (struct pptp_tunnel *)&unchanged;
	struct disorder *disorder = (struct disorder *)&unchanged;
	struct pptp_ctrl_config ctrl_cfg;
	struct pptp_tunnel_config tunnel_cfg;
	int results[3];

	pptp_ctrl_config_init(&ctrl_cfg, sizeof(ctrl_cfg));
	ctrl_cfg.call_id = 1;
	pptp_tunnel_config_init(&tunnel_cfg, sizeof(tunnel_cfg));
	limited = true;
	results[0] = pptp_ctrl_new(&ctrl, &ctrl_cfg, NULL, NULL);
	results[1] = pptp_tunnel_new(&tunnel, &tunnel_cfg);
	results[2] = pptp_disorder_new(&disorder, DISORDER_SWAP, 4);
	limited = false;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(results[i], -ENOMEM);
	ck_assert((char *)ctrl == &unchanged && (char *)tunnel == &unchanged &&
		  (char *)disorder == &unchanged);
}
END_TEST

/* -- the reorder window ----------------------------------------------------------------------- */

static struct reorder reorder;
static bool scarce;
static struct pptp_stats stats;
static char out[64]; /* the first octet of each frame handed out */

static void setup(void)
{
	struct pptp_tunnel_config cfg = { .reorder = true,
					  .reorder_timeout = 300 * MS,
					  .missing_window = 300 };

	memset(&stats, 0, sizeof(stats));
	memset(out, 0, sizeof(out));
	scarce = true;
	pptp_reorder_init(&reorder, &cfg, &stats);
}

static void teardown(void)
{
	pptp_reorder_fini(&reorder);
}

/* Packet n carries the letter of its number. */
static bool receive(uint32_t n)
{
	uint8_t frame = (uint8_t)('a' + n);
	struct pptp_frame got;
	bool taken;

	limited = scarce;
	taken = pptp_reorder_receive(&reorder, n, &frame, 1, 1000 * MS);
	while (pptp_reorder_next(&reorder, &got))
		out[strlen(out)] = (char)got.data[0];
	limited = false;
	return taken;
}

/* What is ahead goes on at once, as with --nobuffer, and what is missing is lost. */
START_TEST(no_memory_at_all)
{
	allowed = (unsigned int)_i;
	ck_assert(receive(0) && receive(2));
	ck_assert_str_eq(out, "ac");
	ck_assert_uint_eq(stats.rx_lost, 1);
	ck_assert(!receive(1));
	ck_assert_uint_eq(stats.rx_under_win, 1);
	ck_assert_uint_eq(pptp_reorder_deadline(&reorder), PPTP_TIME_NEVER);
	/* There is some again: the next hole is waited for. */
	scarce = false;
	ck_assert(receive(4));
	ck_assert_str_eq(out, "ac");
	ck_assert(receive(3));
	ck_assert_str_eq(out, "acde");
	ck_assert_uint_eq(stats.rx_lost, 1);
}
END_TEST

/* Frames that are held are handed out, in order, when there is no memory for one more. */
START_TEST(no_memory_for_more)
{
	allowed = 2; /* the table, and one chunk */
	ck_assert(receive(0));
	for (uint32_t n = 2; n < 2 + REORDER_CHUNK_FRAMES; n++)
		ck_assert(receive(n));
	ck_assert_str_eq(out, "a");
	ck_assert(receive(2 + REORDER_CHUNK_FRAMES));
	ck_assert_str_eq(out, "acdefghijklmnopqrs");
	ck_assert_uint_eq(stats.rx_lost, 1);
	ck_assert_uint_eq(reorder.held, 0);
	ck_assert(!receive(1));
	ck_assert_str_eq(out, "acdefghijklmnopqrs");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("core without memory");
	TCase *tc = tcase_create("memory");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, nothing_can_be_made);
	/* Not even the table, and the table but no chunk. */
	tcase_add_loop_test(tc, no_memory_at_all, 0, 2);
	tcase_add_test(tc, no_memory_for_more);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
