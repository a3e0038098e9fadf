# shellcheck shell=sh disable=SC2154 # names are shared with common.sh
# Which passwords open the repository that lies here, and how the new one gets a key and the former one loses its. restic
# encrypts one key of the data by each password: what was backed up before is read with any of them. In $secrets: `backup`,
# and while it is exchanged `backup.before`.

# How long a repository that is at work is waited for, seconds.
PATIENCE=${UNDERSTUDY_KEY_PATIENCE:-300}

refuse() { printf '%s\n' "$1" >&2; exit 1; }

with() { # NAME of a password's file, words for restic
  name=$1
  shift
  restic --repo "$backup/repository/$peer" --password-file "$secrets/$name" --no-cache "$@"
}

# A base backup, a batch or the tidying has the repository locked; what a process that is gone left is taken away.
patiently() { # NAME, words for restic
  left=$PATIENCE
  while ! with "$@" >"$run/keys" 2>&1; do
    grep -q 'already locked' "$run/keys" || refuse "restic: $(one_line <"$run/keys")"
    [ "$left" -gt 0 ] || refuse "the repository of $peer is at work for longer than $PATIENCE s: $(one_line <"$run/keys")"
    left=$((left - 2))
    sleep 2
    with "$1" unlock >/dev/null 2>&1
  done
}

is_there() { [ -f "$backup/repository/$peer/config" ] || refuse "there is no repository for $peer yet"; }

# The names of the files whose password opens it, one a line.
tell_keys() {
  is_there
  for one in backup backup.before; do
    if [ -f "$secrets/$one" ] && opens_theirs "$one"; then printf '%s\n' "$one"; fi
  done
  echo end
}

add_key() {
  is_there
  ! opens_theirs backup || return 0
  if [ ! -f "$secrets/backup.before" ] || ! opens_theirs backup.before; then
    refuse "neither the former password nor the new one opens the repository of $peer"
  fi
  patiently backup.before key add --new-password-file "$secrets/backup"
  opens_theirs backup || refuse "the new password does not open the repository of $peer"
}

# Of a password alone: a further key that somebody has made for himself stays.
drop_key() {
  is_there
  opens_theirs backup || refuse "the new password does not open the repository of $peer: its former key stays"
  [ -f "$secrets/backup.before" ] && ! cmp -s "$secrets/backup" "$secrets/backup.before" || return 0
  while opens_theirs backup.before; do
    id=$(with backup.before --no-lock key list --json 2>/dev/null | tr '{' '\n' | sed -n '/"current":true/s/.*"id":"\([0-9a-f]*\)".*/\1/p' | head -n 1)
    [ -n "$id" ] || refuse "restic does not say which key of the repository of $peer is the former one's"
    patiently backup key remove "$id"
  done
}
