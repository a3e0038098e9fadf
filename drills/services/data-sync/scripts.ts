/** Folder of ours in a service's volume, never carried itself like those below: hard links of what is on its way. */
export const OUTGOING = ".understudy-outgoing";
/** Folder for what arrives from the other host, until all of it is there and takes its place. */
export const INCOMING = ".understudy-incoming";
/** Says up to when the data of a single database are those of the pair: ISO 8601, one line. */
const SYNCED = ".understudy-synced";
const FORMER = ".understudy-former";

/** Scripts that a carrier runs; `$1` is the service's folder. They know nothing but POSIX, `stat -c` and `cp -al`. */

/** `$2` and on: folders. Prints size, time of the last change and path of each file. */
export const LIST = `cd "$1"; shift
for one; do [ ! -e "$one" ] || find "$one" -type f ! -path "*/.understudy-*" -exec stat -c "%s %Y ./%n" {} +; done | sed "s# \\./\\./# ./#"`;

/** What has arrived and not taken its place yet, as LIST prints it. */
export const LIST_INCOMING = `if cd "$1/${INCOMING}" 2>/dev/null; then find . -type f -exec stat -c "%s %Y %n" {} +; fi`;

/** Checksums of the same. */
export const SUM_INCOMING = `if cd "$1/${INCOMING}" 2>/dev/null; then find . -type f -exec sha256sum {} +; fi`;

/**
 * `$2`: file with paths. Makes hard links of them in a folder, so that one stream carries exactly them; one that a running
 * service has removed meanwhile is left out.
 */
export const STAGE = `cd "$1"; rm -rf ${OUTGOING}; mkdir ${OUTGOING}
while read -r one; do
[ -e "$one" ] || continue
d="${OUTGOING}/\${one%/*}"; [ -d "$d" ] || mkdir -p "$d"; ln "$one" "${OUTGOING}/$one"
done < "$2"`;

/** Checksums of the same. */
export const SUM_OUTGOING = `cd "$1/${OUTGOING}"; find . -type f -exec sha256sum {} +`;

/** Takes the folder with the hard links away again; the files themselves stay. */
export const UNSTAGE = `rm -rf "$1/${OUTGOING}"`;

/** `$2`: `anew` forgets what an earlier drill has left there. */
export const PREPARE = `cd "$1"; [ "$2" != anew ] || rm -rf ${INCOMING}; mkdir -p ${INCOMING}`;

/** What has arrived takes its place; every file belongs to the account that the folder belongs to. */
export const PLACE = `cd "$1"; [ -d ${INCOMING} ] || exit 0
cd ${INCOMING}
find . -type d | while read -r one; do [ -d "../$one" ] || mkdir -p "../$one"; done
find . -type f | while read -r one; do mv -f "$one" "../$one"; done
cd ..; rm -rf ${INCOMING}
chown -R "$(stat -c %u:%g .)" .`;

/** `$2`: the moment up to which the data are complete. */
export const NOTE_SYNCED = `printf "%s\\n" "$2" > "$1/${SYNCED}.new"; mv "$1/${SYNCED}.new" "$1/${SYNCED}"`;

/** Prints that moment; nothing where none was noted. */
export const READ_SYNCED = `cat "$1/${SYNCED}" 2>/dev/null || :`;

/** `$2`: file with paths to take away, after everything that is there was kept aside by hard links. */
export const KEEP_ASIDE = `cd "$1"; rm -rf ${FORMER} ${FORMER}.new; mkdir ${FORMER}.new
for one in * .[!.]*; do case $one in .understudy-*|'*'|'.[!.]*') ;; *) cp -al "$one" ${FORMER}.new/;; esac; done
mv ${FORMER}.new ${FORMER}
while read -r one; do rm -f "$one"; done < "$2"`;
