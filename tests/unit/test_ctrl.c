/* SPDX-License-Identifier: MIT */

/*
 * The state machines of RFC 2637, 3: every state of both roles against every stimulus. What a table
 * does not name is ignored, with a note in the trace.
 */

#include "ctrl_rig.h"

#define STIMULUS(name)                                                                             \
	{                                                                                          \
#name, name                                                                        \
	}

static const struct stimulus {
	const char *name;
	void (*apply)(struct rig *rig);
} stimuli[] = {
	STIMULUS(in_sccrq),
	STIMULUS(in_sccrq_old),
	STIMULUS(in_sccrq_new),
	STIMULUS(in_sccrp),
	STIMULUS(in_sccrp_0),
	STIMULUS(in_sccrp_2),
	STIMULUS(in_sccrp_3),
	STIMULUS(in_sccrp_4),
	STIMULUS(in_sccrp_5),
	STIMULUS(in_sccrp_99),
	STIMULUS(in_sccrp_old),
	STIMULUS(in_sccrp_new),
	STIMULUS(in_sccrp_no_framing),
	STIMULUS(in_sccrp_no_bearer),
	STIMULUS(in_stopccrq),
	STIMULUS(in_stopccrp),
	STIMULUS(in_stopccrp_2),
	STIMULUS(in_echorq),
	STIMULUS(in_echorp),
	STIMULUS(in_ocrq),
	STIMULUS(in_ocrp),
	STIMULUS(in_ocrp_busy),
	STIMULUS(in_ocrp_refused),
	STIMULUS(in_ocrp_result_0),
	STIMULUS(in_ocrp_refused_id_0),
	STIMULUS(in_ocrp_call_id_0),
	STIMULUS(in_ocrp_other),
	STIMULUS(in_ocrp_other_refused),
	STIMULUS(in_ocrp_peer_0),
	STIMULUS(in_icrq),
	STIMULUS(in_icrp),
	STIMULUS(in_iccn),
	STIMULUS(in_iccn_other),
	STIMULUS(in_ccrq),
	STIMULUS(in_ccrq_ours),
	STIMULUS(in_ccrq_0),
	STIMULUS(in_ccrq_other),
	STIMULUS(in_cdn),
	STIMULUS(in_cdn_ours),
	STIMULUS(in_cdn_other),
	STIMULUS(in_wen),
	STIMULUS(in_wen_other),
	STIMULUS(in_sli),
	STIMULUS(in_sli_other),
	STIMULUS(in_unknown),
	STIMULUS(in_management),
	STIMULUS(in_wrong_cookie),
	STIMULUS(in_wrong_length),
	STIMULUS(in_half_and_closed),
	STIMULUS(tcp_open),
	STIMULUS(tcp_closed),
	STIMULUS(stop),
	STIMULUS(clear_call),
	STIMULUS(link_info),
	STIMULUS(expire_early),
	STIMULUS(expire),
};

#define STIMULI (sizeof(stimuli) / sizeof(stimuli[0]))
#define CELLS   50

/* A state, the way into it, and what it does that is not ignoring. */
struct row {
	const char *name;
	bool receiver;
	const char *start; /* state on entry */
	void (*way[5])(struct rig *rig);
	struct {
		void (*apply)(struct rig *rig);
		const char *expect;
	} cells[CELLS];
};

static const struct row rows[] = {
#include "test_ctrl_rows.h"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void rig_open(struct rig *rig, const struct row *row)
{
	struct pptp_ctrl_config cfg;

	memset(rig, 0, sizeof(*rig));
	pptp_ctrl_config_init(&cfg, sizeof(cfg));
	cfg.receiver = row->receiver;
	cfg.call_id = OURS;
	rig->now = 1000 * PPTP_NS_PER_SEC;
	ck_assert_int_eq(pptp_ctrl_new(&rig->ctrl, &cfg, trace, rig), 0);
	for (size_t i = 0; i < 5 && row->way[i]; i++) {
		row->way[i](rig);
		rig->now += PPTP_NS_PER_MS;
	}
	log_all(rig);
	ck_assert_str_eq(rig->before, row->start);
}

static const char *expected(const struct row *row, const struct stimulus *stimulus)
{
	for (size_t i = 0; i < CELLS && row->cells[i].apply; i++)
		if (row->cells[i].apply == stimulus->apply)
			return row->cells[i].expect;
	if (strcmp(row->start, "idle/idle") == 0 && !row->receiver)
		return "="; /* TCP is not open: nothing is heard */
	return strncmp(stimulus->name, "in_", 3) ? "=" : "~ =";
}

START_TEST(state_and_stimulus)
{
	const struct row *row = &rows[_i];
	unsigned int failed = 0;

	for (size_t i = 0; i < STIMULI; i++) {
		const char *expect = expected(row, &stimuli[i]);
		struct rig rig;

		rig_open(&rig, row);
		stimuli[i].apply(&rig);
		log_all(&rig);
		if (strcmp(rig.log, expect)) {
			fprintf(stderr, "%s, %s: expected \"%s\", was \"%s\"\n", row->name,
				stimuli[i].name, expect, rig.log);
			failed++;
		}
		pptp_ctrl_free(rig.ctrl);
	}
	ck_assert_uint_eq(failed, 0);
}
END_TEST

/* Every cell of a row is used: a misspelt one would hide behind the default. */
START_TEST(rows_are_sound)
{
	for (size_t i = 0; i < CELLS && rows[_i].cells[i].apply; i++) {
		bool known = false;

		for (size_t k = 0; k < STIMULI; k++)
			known |= stimuli[k].apply == rows[_i].cells[i].apply;
		ck_assert(known);
		for (size_t k = 0; k < i; k++)
			ck_assert(rows[_i].cells[i].apply != rows[_i].cells[k].apply);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ctrl");
	TCase *tcase = tcase_create("states");

	tcase_add_loop_test(tcase, state_and_stimulus, 0, ROWS);
	tcase_add_loop_test(tcase, rows_are_sound, 0, ROWS);
	suite_add_tcase(suite, tcase);
	return run_suite(suite);
}
