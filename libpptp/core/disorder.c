/* SPDX-License-Identifier: MIT */
/* placeholder, replaced by the data engineer */
#include "disorder.h"
#include <errno.h>
int disorder_new(struct disorder **p, unsigned int t, unsigned int r){(void)p;(void)t;(void)r;return -ENOSYS;}
struct disorder *disorder_free(struct disorder *d){(void)d;return NULL;}
void disorder_push(struct disorder *d, const uint8_t *p, size_t n){(void)d;(void)p;(void)n;}
bool disorder_pop(struct disorder *d, const uint8_t **p, size_t *n){(void)d;(void)p;(void)n;return false;}
