/* SPDX-License-Identifier: MIT */
#ifndef PPTP_CORE_FCS_VARIANTS_H
#define PPTP_CORE_FCS_VARIANTS_H

/* Every way to calculate an FCS-16, for pptp_fcs16() to choose from and for tests to compare. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Eight octets a step, by tables; right everywhere. */
uint16_t pptp_fcs16_sliced(uint16_t fcs, const uint8_t *data, size_t len);

#if defined(__x86_64__)
#define FCS_CLMUL 1
/* The fewest octets that it takes. */
#define FCS_CLMUL_MIN 64

/* Whether this processor multiplies without carry (PCLMULQDQ). */
bool pptp_fcs16_has_clmul(void);

uint16_t pptp_fcs16_clmul(uint16_t fcs, const uint8_t *data, size_t len);
#endif

#endif
