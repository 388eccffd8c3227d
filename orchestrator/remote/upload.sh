# SPDX-License-Identifier: GPL-2.0-or-later
# Puts standard input at the path $1 with mode $2, if its SHA-256 is $3. Needs GNU coreutils >= 8.24 (sync FILE). The
# temporary file is beside its target, so that the rename is one step of the file system.
set -eu
umask 077
folder=$(dirname -- "$1")
temporary=$(mktemp -- "$folder/.haupgrade.XXXXXXXX")
trap 'rm -f -- "$temporary"' EXIT
trap 'exit 1' HUP INT TERM PIPE
cat > "$temporary"
# A connection that broke off looks like an end of file; only the digest tells.
digest=$(sha256sum < "$temporary")
digest=${digest%% *}
if [ "$digest" != "$3" ]; then echo "sha256 $digest"; exit 65; fi
chmod -- "$2" "$temporary"
sync -- "$temporary"
mv -fT -- "$temporary" "$1"
sync -- "$folder"
