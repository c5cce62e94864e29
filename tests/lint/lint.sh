#!/bin/bash
# The layer rules: who may include whom, and what firmware/core may call.
# It also plants a violation of each kind and must see it.
set -u
cd "$(dirname "$0")/../.." || exit 2
passed=0 failed=0
say() { # say RESULT TEXT
	if [ "$1" = 0 ]; then passed=$((passed + 1)); echo "ok $2"
	else failed=$((failed + 1)); echo "not ok $2"; fi
}

# Prints each forbidden include below the folder $1.
bad_includes() {
	local root=$1 room own
	for room in firmware/core firmware/store firmware/link firmware/hub firmware/update drivers ui; do
		[ -d "$root/$room" ] || continue
		own=$room
		grep -rnE '^#include "[^"]*/' "$root/$room" --include='*.[ch]' |
		    grep -vE "#include \"(firmware/core|$own)/"
	done
	grep -rnE '^#include <(SDL|libusb|sqlite3|time|fcntl|unistd|sys/|stdlib|pthread)' \
	    "$root/firmware/core" --include='*.[ch]'
}

# Prints each symbol that the archive $1 may not need from outside.
bad_symbols() {
	nm -u "$1" | awk '/ U /{print $2}' | sort -u |
	    grep -vxF -f <(nm --defined-only "$1" | awk 'NF==3{print $3}') |
	    grep -vE '^(mem(cpy|set|cmp|chr|move)|bcmp|str(len|chr|rchr|cmp|ncmp|nlen)|vsnprintf|snprintf|__(memcpy|memset|memmove|snprintf|vsnprintf)_chk|__stack_chk_fail|crypto_[a-z0-9_]+|sodium_[a-z0-9_]+|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|sanitizer)_.*)$'
}

forbidden_calls() {
	grep -rnwE '(strcpy|strcat|strncpy|sprintf|strtok|atoi|gets)[[:space:]]*\(' \
	    firmware drivers ui --include='*.[ch]'
}

core=build/gcc/libcore.a
make "$core" >/dev/null || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

out=$(bad_includes .); echo "$out" | grep . ; [ -z "$out" ]; say $? "every room includes only what it may"
out=$(bad_symbols $core); echo "$out" | grep . ; [ -z "$out" ]; say $? "firmware/core calls no clock, file, device or allocator"
out=$(forbidden_calls); echo "$out" | grep . ; [ -z "$out" ]; say $? "no unbounded string call"

plant=$(mktemp -d)
trap 'rm -rf "$plant"' EXIT
mkdir -p "$plant/firmware/core" "$plant/ui" "$plant/firmware/store"
echo '#include <sqlite3.h>' >"$plant/firmware/core/planted.c"
[ -n "$(bad_includes "$plant")" ]; say $? "a planted sqlite3.h in core is seen"
rm "$plant/firmware/core/planted.c"
echo '#include "firmware/store/cache.h"' >"$plant/ui/planted.c"
[ -n "$(bad_includes "$plant")" ]; say $? "a planted store header in ui is seen"
rm "$plant/ui/planted.c"
[ -z "$(bad_includes "$plant")" ]; say $? "nothing planted, nothing seen"
printf '#include <time.h>\nlong planted(void);\nlong planted(void) { return (long)time(0); }\n' >"$plant/p.c"
gcc -c -o "$plant/p.o" "$plant/p.c" && cp $core "$plant/p.a" && ar rs "$plant/p.a" "$plant/p.o" 2>/dev/null
bad_symbols "$plant/p.a" | grep -qx time; say $? "a planted call of time() in core is seen"

long=$(git ls-files '*.c' '*.h' '*.py' '*.sh' | xargs wc -l | awk '$2!="total" && $1>800')
echo "$long" | grep . ; [ -z "$long" ]; say $? "no source file over 800 lines"
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror 2>&1 | grep -m 5 error
git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror 2>/dev/null; say $? "clang-format has nothing to change"
cp .clang-format "$plant/" && echo 'int  planted ;' >"$plant/planted.c"
! clang-format --dry-run -Werror "$plant/planted.c" 2>/dev/null; say $? "planted spacing is seen"
shellcheck -S warning assets/*.sh tests/*.sh tests/*/*.sh .ci/run; say $? "shellcheck"
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
