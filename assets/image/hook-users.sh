#!/bin/bash
# Gives the users of users.txt their numbers before any package makes them:
# files on the data partition outlive the image that wrote them.
set -euo pipefail
root=$1
grep -v '^#' "${HERE:?}/users.txt" | while read -r name id; do
	echo "$name:x:$id:" >>"$root/etc/group"
	echo "$name:!::" >>"$root/etc/gshadow"
	echo "$name:x:$id:$id::/nonexistent:/usr/sbin/nologin" >>"$root/etc/passwd"
	echo "$name:!:1::::::" >>"$root/etc/shadow"
done
