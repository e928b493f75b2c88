/* SPDX-License-Identifier: MIT */
#ifndef NET_PPPD_STANDIN_H
#define NET_PPPD_STANDIN_H

/*
 * pppd <tty> <speed> ...: leaves its arguments in $PPPD_STANDIN_DIR/argv (each ended by a NUL),
 * opens the terminal and takes orders on the socket $PPPD_STANDIN_DIR/orders: "traffic ..."
 * (answered with one line of JSON) or "exit N". How it ended is left in $PPPD_STANDIN_DIR/end.
 * It goes into the background first unless an argument is "nodetach", as pppd does.
 * With $PPPD_STANDIN_EXIT set it ends at once with that status.
 */
int pppd_standin(int argc, char **argv);

#endif
