/** Folder of ours in a service's volume: what arrives from the other host stays there until all of it takes its place. */
export const INCOMING = ".understudy-incoming";
/** Below it: large files of which a part has arrived, each under a name that changes with the file. */
const PARTS = ".parts";
/** Says up to when the data of a single database are those of the pair: ISO 8601, one line. */
const SYNCED = ".understudy-synced";
const FORMER = ".understudy-former";

/**
 * Scripts that a carrier runs; `$1` is the service's folder. They know nothing but POSIX, `tar`, `stat -c`, `touch -d @`,
 * `xargs -0` and `cp -al`.
 */

/** `$2` and on: folders. Prints size, time of the last change and path of each file. */
export const LIST = `cd "$1"; shift
for one; do [ ! -e "$one" ] || find "$one" -type f ! -path "*/.understudy-*" -exec stat -c "%s %Y ./%n" {} +; done | sed "s# \\./\\./# ./#"`;

/** What has arrived whole and not taken its place yet, as LIST prints it. */
export const LIST_INCOMING = `if cd "$1/${INCOMING}" 2>/dev/null; then find . -type f ! -path "./${PARTS}/*" -exec stat -c "%s %Y %n" {} +; fi`;

/** The same of large files of which a part has arrived. */
export const LIST_PARTS = `if cd "$1/${INCOMING}/${PARTS}" 2>/dev/null; then find . -type f -exec stat -c "%s %Y %n" {} +; fi`;

/** Leaves those of the paths in file `$1` in file `$2` that are there: a running service may have removed some. */
const THOSE_THERE = `there() { while read -r one; do [ ! -e "$one" ] || printf "%s\\n" "$one"; done <"$1" >"$2"; }`;

/** `$2`: file with paths. Prints a checksum of each that is there. */
export const SUM = `${THOSE_THERE}
cd "$1"; there "$2" "$2.there"; tr "\\n" "\\0" <"$2.there" | xargs -0 -r sha256sum; rm -f "$2.there"`;

/** The same of what has arrived. */
export const SUM_INCOMING = `mkdir -p "$1/${INCOMING}"; set -- "$1/${INCOMING}" "$2"
${SUM}`;

/** `$2`: file with paths, `$3`: the piece. Packs those that are there into a piece, and prints its size. */
export const PACK_FILES = `cd "$1"; list=$2 piece=$3; set --
while read -r one; do [ ! -e "$one" ] || set -- "$@" "$one"; done <"$list"
if [ $# -gt 0 ]; then tar -cf "$piece" "$@"; else head -c 10240 /dev/zero >"$piece"; fi
rm -f "$list"; stat -c %s "$piece"`;

/** `$2`: piece with files. They stand where they wait, whole. */
export const UNPACK_FILES = `mkdir -p "$1/${INCOMING}"; tar -xf "$2" -C "$1/${INCOMING}"; rm -f "$2"`;

/** `$2`: path, `$3`: the piece, `$4`: bytes before it, `$5`: its bytes at most. Takes a part of a large file, and prints its size. */
export const PACK_PART = `cd "$1"; tail -c "+$(($4 + 1))" "$2" | head -c "$5" >"$3"; stat -c %s "$3"`;

/** `$2`: name of the parts, `$3`: the piece, `$4`: bytes that must be there before it. Adds it to what has arrived. */
export const ADD_PART = `mkdir -p "$1/${INCOMING}/${PARTS}"; cd "$1/${INCOMING}/${PARTS}"; : >>"$2"
size=$(stat -c %s "$2")
[ "$size" = "$4" ] || { echo "$size bytes have arrived, $4 were to be there" >&2; exit 1; }
cat "$3" >>"$2"; rm -f "$3"`;

/** `$2`: name of the parts, `$3`: path, `$4`: its bytes, `$5`: time of its last change. All parts are there: it stands where it waits, whole. */
export const END_PARTS = `cd "$1/${INCOMING}"
size=$(stat -c %s "${PARTS}/$2")
[ "$size" = "$4" ] || { echo "$size bytes have arrived of $4" >&2; exit 1; }
touch -d "@$5" "${PARTS}/$2"; mkdir -p "\${3%/*}"; mv -f "${PARTS}/$2" "$3"`;

/** `$2`: file with paths of what has arrived and is not wanted. */
export const DROP = `if cd "$1/${INCOMING}" 2>/dev/null; then tr "\\n" "\\0" <"$2" | xargs -0 -r rm -f; fi`;

/**
 * What has arrived takes its place; every file belongs to the account that the folder belongs to. `$2` and on: folders,
 * whose files it prints as LIST does when all is in its place.
 */
export const PLACE = `(cd "$1"; [ -d ${INCOMING} ] || exit 0
cd ${INCOMING}; rm -rf ${PARTS}
find . -type f | while read -r one; do d=../\${one%/*}; [ -d "$d" ] || mkdir -p "$d"; mv -f "$one" "../$one"; done
cd ..; rm -rf ${INCOMING}
chown -R "$(stat -c %u:%g .)" .)
${LIST}`;

/** `$2`: the moment up to which the data are complete. */
export const NOTE_SYNCED = `printf "%s\\n" "$2" > "$1/${SYNCED}.new"; mv "$1/${SYNCED}.new" "$1/${SYNCED}"`;

/** Prints that moment; nothing where none was noted. */
export const READ_SYNCED = `cat "$1/${SYNCED}" 2>/dev/null || :`;

/** `$2`: file with paths to take away, after everything that is there was kept aside by hard links. */
export const KEEP_ASIDE = `cd "$1"; rm -rf ${FORMER} ${FORMER}.new; mkdir ${FORMER}.new
for one in * .[!.]*; do case $one in .understudy-*|'*'|'.[!.]*') ;; *) cp -al "$one" ${FORMER}.new/;; esac; done
mv ${FORMER}.new ${FORMER}
while read -r one; do rm -f "$one"; done < "$2"`;
