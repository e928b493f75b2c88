/* SPDX-License-Identifier: MIT */
/*
 * What the core's parts take by themselves, over frames of high entropy that lie in the cache.
 *
 *	bench_micro [MILLISECONDS]
 *
 * One JSON object a line. A figure is the best of several runs of that many milliseconds each: what
 * else the machine does can only add to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pptp/proto/gre.h>
#include <pptp/proto/hdlc.h>
#include <pptp/proto/tunnel.h>

#include "fcs_variants.h"
#include "frames.h"
#include "hdlc_variants.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#define CYCLES() __rdtsc()
#else
#define CYCLES() UINT64_C(0)
#endif

#define RUNS        7
#define CALL_ID     7
#define SWAP_ONE_IN 100
#define ROUND       UINT64_C(1000000) /* ns that the tunnel's clock goes on with each pool */

/* What one kind of work needs; filled for each size of frame. */
struct work {
	struct pool pool;
	uint8_t *packets; /* the frames behind GRE headers */
	size_t packet_size;
	uint8_t order[POOL_FRAMES]; /* in which they come */
	uint8_t out[2 * FRAME_SIZE_MAX + 16];
	uint8_t in[65536];
	struct pptp_hdlc_decoder decoder;
	struct pptp_tunnel *tunnel;
	uint32_t seq;
	uint64_t now;
	uint64_t sum; /* keeps results from being thought away */
};

typedef void work_fn(struct work *work);

/* -- each goes over the whole pool once -------------------------------------------------------- */

static void fcs_chosen(struct work *w)
{
	for (uint32_t i = 0; i < POOL_FRAMES; i++)
		w->sum += pptp_fcs16(PPTP_FCS16_INIT, pool_frame(&w->pool, i), w->pool.size);
}

static void fcs_sliced(struct work *w)
{
	for (uint32_t i = 0; i < POOL_FRAMES; i++)
		w->sum += pptp_fcs16_sliced(PPTP_FCS16_INIT, pool_frame(&w->pool, i), w->pool.size);
}

static void escape_all(struct work *w, hdlc_escape_fn *escape)
{
	for (uint32_t i = 0; i < POOL_FRAMES; i++)
		w->sum += escape(pool_frame(&w->pool, i), w->pool.size, PPTP_HDLC_ACCM_ALL, w->out);
}

static void unescape_all(struct work *w, hdlc_unescape_fn *unescape)
{
	for (uint32_t i = 0; i < POOL_FRAMES; i++) {
		const uint8_t *in = w->pool.encoded + w->pool.offset[i] + 1;
		bool escaped = false;
		size_t used;

		w->sum += unescape(in, w->pool.offset[i + 1] - w->pool.offset[i] - 1, w->out,
				   &escaped, &used);
	}
}

static void escape_bytes(struct work *w)
{
	escape_all(w, pptp_hdlc_escape_bytes);
}

static void unescape_bytes(struct work *w)
{
	unescape_all(w, pptp_hdlc_unescape_bytes);
}

#ifdef FCS_CLMUL
static void fcs_clmul(struct work *w)
{
	for (uint32_t i = 0; i < POOL_FRAMES; i++)
		w->sum += pptp_fcs16_clmul(PPTP_FCS16_INIT, pool_frame(&w->pool, i), w->pool.size);
}
#endif

#ifdef HDLC_SHUFFLE
static void escape_shuffle(struct work *w)
{
	escape_all(w, pptp_hdlc_escape_shuffle);
}

static void unescape_shuffle(struct work *w)
{
	unescape_all(w, pptp_hdlc_unescape_shuffle);
}
#endif

static void encode(struct work *w)
{
	for (uint32_t i = 0; i < POOL_FRAMES; i++)
		w->sum += (uint64_t)pptp_hdlc_encode(pool_frame(&w->pool, i), w->pool.size,
						     PPTP_HDLC_ACCM_ALL, w->out, sizeof(w->out));
}

/* In pieces as they come from a terminal, the copy into the decoder's buffer included. */
static void decode(struct work *w)
{
	const uint8_t *from = w->pool.encoded;
	size_t left = w->pool.offset[POOL_FRAMES];

	while (left) {
		struct pptp_frame frame;
		size_t size, n;
		uint8_t *space = pptp_hdlc_decoder_space(&w->decoder, &size);

		n = left < size ? left : size;
		n = n < 4095 ? n : 4095;
		memcpy(space, from, n);
		pptp_hdlc_decoder_fill(&w->decoder, n);
		while (pptp_hdlc_decoder_next(&w->decoder, &frame))
			w->sum += frame.len;
		from += n;
		left -= n;
	}
}

static void gre_decode(struct work *w)
{
	for (uint32_t i = 0; i < POOL_FRAMES; i++) {
		struct pptp_gre gre;

		w->sum += (uint64_t)pptp_gre_decode(&gre, w->packets + i * w->packet_size,
						    w->packet_size) +
			  gre.seq;
	}
}

/* The whole way in: header, sequence, statistics, frames out. */
static void tunnel_receive(struct work *w)
{
	for (uint32_t i = 0; i < POOL_FRAMES; i++) {
		uint8_t *packet = w->packets + w->order[i] * w->packet_size;
		struct pptp_frame frame;

		put_u32(packet + 8, w->seq + w->order[i]);
		pptp_tunnel_receive(w->tunnel, packet, w->packet_size, w->now);
		while (pptp_tunnel_next(w->tunnel, &frame))
			w->sum += frame.len;
	}
	w->seq += POOL_FRAMES;
	w->now += ROUND;
}

static void tunnel_send(struct work *w)
{
	uint8_t header[PPTP_GRE_HEADER_MAX];

	for (uint32_t i = 0; i < POOL_FRAMES; i++) {
		w->sum += (uint64_t)pptp_tunnel_send(w->tunnel, w->pool.size, w->now, header);
		pptp_tunnel_sent(w->tunnel, w->pool.size, 0);
	}
	w->now += ROUND;
}

/* -- measuring --------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * PPTP_NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void measure(const char *name, struct work *w, work_fn *run, uint64_t duration)
{
	double best_ns = 0, best_cycles = 0;

	run(w);
	for (int i = 0; i < RUNS; i++) {
		uint64_t start = now_ns(), cycles = CYCLES(), rounds = 0, time;
		double ns;

		do {
			run(w);
			rounds++;
			time = now_ns() - start;
		} while (time < duration);
		cycles = CYCLES() - cycles;
		ns = (double)time / (double)(rounds * POOL_FRAMES);
		if (i == 0 || ns < best_ns) {
			best_ns = ns;
			best_cycles = (double)cycles / (double)(rounds * POOL_FRAMES);
		}
	}
	printf("{\"name\": \"%s\", \"size\": %zu, \"ns\": %.2f", name, w->pool.size, best_ns);
	if (best_cycles > 0)
		printf(", \"bytes_per_cycle\": %.3f", (double)w->pool.size / best_cycles);
	printf("}\n");
}

static const struct {
	const char *name;
	work_fn *run;
	bool swapped;
} parts[] = {
	{ "FCS, chosen", fcs_chosen, false },
	{ "FCS, sliced tables", fcs_sliced, false },
#ifdef FCS_CLMUL
	{ "FCS, carry-less multiply", fcs_clmul, false },
#endif
	{ "escape, octet by octet", escape_bytes, false },
#ifdef HDLC_SHUFFLE
	{ "escape, shuffles", escape_shuffle, false },
#endif
	{ "unescape, octet by octet", unescape_bytes, false },
#ifdef HDLC_SHUFFLE
	{ "unescape, shuffles", unescape_shuffle, false },
#endif
	{ "HDLC encode", encode, false },
	{ "HDLC decode", decode, false },
	{ "GRE decode", gre_decode, false },
	{ "tunnel, receive in order", tunnel_receive, false },
	{ "tunnel, receive 1 % swapped", tunnel_receive, true },
	{ "tunnel, send", tunnel_send, false },
};

static bool usable(work_fn *run)
{
#ifdef FCS_CLMUL
	if (run == fcs_clmul)
		return pptp_fcs16_has_clmul();
#endif
#ifdef HDLC_SHUFFLE
	if (run == escape_shuffle || run == unescape_shuffle)
		return pptp_hdlc_has_shuffle();
#endif
	return run != NULL;
}

static bool make_packets(struct work *w)
{
	struct pptp_gre gre = { .has_seq = true,
				.payload_len = (uint16_t)w->pool.size,
				.call_id = CALL_ID };

	w->packet_size = 12 + w->pool.size;
	w->packets = malloc(POOL_FRAMES * w->packet_size);
	if (!w->packets)
		return false;
	for (uint32_t i = 0; i < POOL_FRAMES; i++) {
		uint8_t header[PPTP_GRE_HEADER_MAX];

		gre.seq = i;
		pptp_gre_encode(&gre, header);
		memcpy(w->packets + i * w->packet_size, header, 12);
		memcpy(w->packets + i * w->packet_size + 12, pool_frame(&w->pool, i), w->pool.size);
	}
	return true;
}

static bool make_tunnel(struct work *w, bool swapped)
{
	struct pptp_tunnel_config cfg;

	w->seq = 0;
	for (uint32_t i = 0; i < POOL_FRAMES; i++)
		w->order[i] = (uint8_t)i;
	for (uint32_t i = SWAP_ONE_IN / 2; swapped && i < POOL_FRAMES - 1; i += SWAP_ONE_IN) {
		w->order[i] = (uint8_t)(i + 1);
		w->order[i + 1] = (uint8_t)i;
	}
	pptp_tunnel_free(w->tunnel);
	w->tunnel = NULL;
	pptp_tunnel_config_init(&cfg, sizeof(cfg));
	cfg.call_id = CALL_ID;
	return pptp_tunnel_new(&w->tunnel, &cfg) == 0;
}

int main(int argc, char **argv)
{
	static const size_t sizes[] = { 64, 576, 1400 };
	static struct work work;
	uint64_t duration = PPTP_NS_PER_MS * (argc > 1 ? strtoul(argv[1], NULL, 10) : 20);

	for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (!pool_new(&work.pool, sizes[i]) || !make_packets(&work))
			return EXIT_FAILURE;
		pptp_hdlc_decoder_init(&work.decoder, work.in, sizeof(work.in));
		for (unsigned int k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
			if (!usable(parts[k].run))
				continue;
			if (!make_tunnel(&work, parts[k].swapped))
				return EXIT_FAILURE;
			measure(parts[k].name, &work, parts[k].run, duration);
		}
		free(work.packets);
		pool_free(&work.pool);
	}
	pptp_tunnel_free(work.tunnel);
	return work.sum ? EXIT_SUCCESS : EXIT_FAILURE;
}
