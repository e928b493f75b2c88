#!/bin/sh
# SPDX-License-Identifier: MIT
# Adds the routes of a tunnel that pptpsetup has set up with --route. pppd's ip-up runs it when PPP is up, with
# the interface first and ipparam, the tunnel's name, sixth. The routes go with the interface.
case $6 in
  '' | .* | -* | *[!A-Za-z0-9._-]*) exit 0 ;;
esac
file=/etc/ppp/peers/$6
[ -f "$file" ] || exit 0
while read -r hash word key network rest; do
  case "$hash $word $key $rest" in
    '# pptpsetup: route ')
      ip route add "$network" dev "$1" ||
        logger -t pptpsetup "tunnel $6: the route to $network into $1 was refused"
      ;;
  esac
done <"$file"
exit 0
