#!/bin/bash
# make-data.sh DIR OUT [MB]: OUT becomes a data partition (ext4) with the files of
# DIR; owners and modes come from DIR. With DIR "" it is an empty one. It always
# comes out the same for the same files.
set -euo pipefail
from=$1
out=$2
mb=${3:-64}
here=$(dirname "$(realpath "$0")")
: "${SOURCE_DATE_EPOCH:=1}"
# The file system's identifier is the same in every image; machines tell
# themselves apart by their machine-id.
uuid=6b617263-6973-4441-8441-000000000001
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
[ -z "$from" ] || cp -a "$from/." "$tree/"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
rm -f "$out"
truncate -s "${mb}M" "$out"
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -t ext4 -L karcis-data -U "$uuid" \
    -E "hash_seed=$uuid,lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0" \
    -b 4096 -e remount-ro -J size=8 -m 1 -d "$tree" "$out"
# The folders of an empty one; of another the times that mke2fs takes from today.
# debugfs reads no quoted names, so a name with a space keeps them.
if [ -z "$from" ]; then
	while read -r name owner mode; do
		printf 'mkdir %s\nsif %s uid %s\nsif %s gid %s\nsif %s mode 0%o\n' \
		    "$name" "$name" "${owner%:*}" "$name" "${owner#*:}" "$name" \
		    $((8#40000 | 8#$mode))
	done <"$here/folders.txt"
else
	(cd "$tree" && find . -printf '%P\n' | LC_ALL=C sort) | while read -r name; do
		for time in ctime atime mtime; do
			echo "sif /$name $time @$SOURCE_DATE_EPOCH"
			echo "sif /$name ${time}_extra 0"
		done
	done
fi | E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH debugfs -w -f - "$out" >/dev/null 2>&1
