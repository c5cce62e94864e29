#!/bin/sh
# Keys for images and bundles of a developer's machine, thrown away with the
# build folder: a root, a signer under it, the keyring. No secret is worth
# anything here, so the passphrase stands in the open; for a real root see
# docs/ADMIN.md.
#
# usage: test-keys.sh KARCIS-CTL FOLDER
set -eu
ctl=$1 folder=$2
[ ! -f "$folder/keyring.pem" ] || exit 0
new=$folder.new
rm -rf "$new"
mkdir -p "$new"
phrase='throw-away key of a build'
echo "$phrase" | "$ctl" pki root "$new/root" --name 'Karcis test root' --pass-fd 0
echo "$phrase" | "$ctl" pki signer "$new/root" "$new/signer" \
    --name 'Karcis test signer' --pass-fd 0
"$ctl" pki keyring "$new/root" "$new/keyring.pem"
chmod 644 "$new/keyring.pem"
rm -rf "$folder"
mv "$new" "$folder"
