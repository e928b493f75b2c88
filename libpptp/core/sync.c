/* SPDX-License-Identifier: MIT */
/* placeholder, replaced by the data engineer */
#include "sync.h"
void sync_splitter_start(struct sync_splitter *s, uint8_t *d, size_t n){s->data=d;s->len=n;}
bool sync_splitter_next(struct sync_splitter *s, struct pptp_frame *f){f->data=s->data;f->len=s->len;s->len=0;return f->len;}
