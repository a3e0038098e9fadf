#!/bin/sh
# Reads a diverged range of WAL: which transactions committed in it, whose they are, and how many rows of which table they
# changed. Ours is the journal of events, and what a server does by itself: statistics, checkpoints, vacuum. All else is a
# user's, and so is what cannot be told.
# shellcheck disable=SC2154 # $state and $PGDATA come from postgres-common.sh

# Every table, sequence and index of one database as NUMBER, ours or user, and NAME, tab-separated.
NAMES_SQL="with named(oid) as (select to_regclass(unnest(array['pg_catalog.pg_statistic', 'pg_catalog.pg_statistic_ext_data',
    '_timescaledb_internal.bgw_job_stat', case current_database() when 'understudy' then 'understudy.events' end]))),
  ours as (select c.oid, c.reltoastrelid from pg_class c join named using (oid))
select concat(coalesce(nullif(c.reltablespace, 0), d.dattablespace), '/', case when c.relisshared then 0 else d.oid end, '/',
    pg_relation_filenode(c.oid), E'\\t', case when exists (select from ours where c.oid in (ours.oid, reltoastrelid))
    then 'ours' else 'user' end, E'\\t', current_database(), '.', n.nspname, '.', c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace, pg_database d
 where d.datname = current_database() and pg_relation_filenode(c.oid) is not null and c.relkind in ('r', 't', 'm', 'S')"

relation_names() { # COMMAND…: which takes DATABASE and then words of psql; of every database that it can ask
  "$@" understudy -c "select datname from pg_database where datallowconn and datname !~ '[[:cntrl:]]'" | while IFS= read -r database; do
    "$@" "$database" -c "$NAMES_SQL" || :
  done
}

ask_peer_names() { database=$1; shift; peer_sql 60 "$database" "$@" </dev/null; }

# Lines: `exit CODE` of the reading, `transactions N`, `user N`, and `touched NUMBER INSERTED UPDATED DELETED`. What the
# first segment has before FROM is read too: a transaction that committed after FROM may have begun there. One that began
# earlier still is taken for a user's, unless it touched the journal alone.
read_range() { # NAMES FROM TO, the names of its first and last segment's files
  padded=$(printf '%08X%08X' "$((0x${2%/*}))" "$((0x${2#*/}))")
  {
    LC_ALL=C timeout 600 pg_waldump -e "$3" "$4" "$5" 2>/dev/null
    printf 'exit %s\n' "$?"
  } | LC_ALL=C awk -F '\t' -v names="$1" -v from="$padded" '
    function upper(lsn,  at) { # as text that sorts as the position does
      at = index(lsn, "/")
      return substr("00000000" substr(lsn, 1, at - 1), at) substr("00000000" substr(lsn, at + 1), length(lsn) - at + 1)
    }
    function after(word,  at, rest) { # what stands behind WORD and a space, up to the next space or comma
      at = index($0, word " ")
      if (at == 0) return ""
      rest = substr($0, at + length(word) + 1)
      sub(/^ +/, "", rest); sub(/[ ,;].*$/, "", rest)
      return rest
    }
    function count(xid, relation, kind, rows) {
      if (!((xid, relation) in known)) { known[xid, relation] = 1; list[xid] = list[xid] " " relation }
      number[xid, relation, kind] += rows
    }
    function forget(xid,  i, n, all) {
      n = split(list[xid], all, " ")
      for (i = 1; i <= n; i++) {
        delete known[xid, all[i]]
        delete number[xid, all[i], "i"]; delete number[xid, all[i], "u"]; delete number[xid, all[i], "d"]
      }
      delete list[xid]; delete seen[xid]; delete fresh[xid]; delete other[xid]
    }
    function commit(xid, counts,  i, n, all, one) { # adds to users when a part of it is
      n = split(list[xid], all, " ")
      journal = journal && n > 0
      for (i = 1; i <= n; i++) {
        one = all[i]
        if (whose[one] != "ours") users = 1
        if (named[one] !~ /^understudy\.understudy\.events$|^understudy\.pg_toast\./) journal = 0
        if (!counts) continue
        touched[one] = 1
        sum[one, "i"] += number[xid, one, "i"]; sum[one, "u"] += number[xid, one, "u"]; sum[one, "d"] += number[xid, one, "d"]
      }
      if (other[xid]) users = 1
      if (!seen[xid]) unseen = 1
      if (!fresh[xid]) stale = 1
      forget(xid)
    }
    BEGIN { while ((getline line <names) > 0) { split(line, part, "\t"); whose[part[1]] = part[2]; named[part[1]] = part[3] } }
    /^exit / { code = substr($0, 6); next }
    /^rmgr: / {
      rmgr = after("rmgr:"); xid = after("tx:"); at = index($0, "desc: ")
      desc = substr($0, at + 6); kind = desc; sub(/[ ,].*$/, "", kind); sub(/\+INIT$/, "", kind)
      if (rmgr == "Storage" && kind == "CREATE" && upper(after("lsn:")) >= from) { made = desc; sub(/^CREATE base\//, "", made); sub(/[^0-9\/].*$/, "", made); created[made] = 1 }
      if (xid + 0 == 0 && kind !~ /_PREPARED$/) next
      if (rmgr == "Transaction") {
        if (kind == "PREPARE") { other[xid] = 1; if (upper(after("lsn:")) >= from) prepared = 1; next }
        if (kind !~ /^(COMMIT|ABORT)(_PREPARED)?$/) next
        if (kind ~ /_PREPARED$/) { xid = desc; sub(/^[A-Z_]* /, "", xid); sub(/:.*$/, "", xid) }
        subs = desc
        if (index(subs, "subxacts:")) sub(/^.*subxacts: */, "", subs); else subs = ""
        sub(/;.*$/, "", subs)
        n = split(subs, sub_of, " ")
        counts = upper(after("lsn:")) >= from
        users = 0; unseen = 0; stale = 0; journal = 1
        if (kind ~ /^ABORT/) { forget(xid); for (i = 1; i <= n; i++) forget(sub_of[i]); next }
        if (kind ~ /_PREPARED$/) users = 1
        if (n > 0) users = users || !seen[xid] && !length(list[sub_of[1]])
        seen[xid] = seen[xid] || n > 0
        fresh[xid] = fresh[xid] || n > 0
        commit(xid, counts)
        for (i = 1; i <= n; i++) commit(sub_of[i], counts)
        if (!counts) next
        transactions++
        if (users || unseen || stale && !journal) user++
        next
      }
      if (!seen[xid]) { seen[xid] = 1; fresh[xid] = highest > 0 && xid + 0 > highest }
      if (xid + 0 > highest) highest = xid + 0
      relation = after("rel")
      if (rmgr == "Heap") {
        if (kind == "INSERT") count(xid, relation, "i", 1)
        else if (kind == "UPDATE" || kind == "HOT_UPDATE") count(xid, relation, "u", 1)
        else if (kind == "DELETE") count(xid, relation, "d", 1)
        else if (kind == "TRUNCATE") other[xid] = 1
      } else if (rmgr == "Heap2") {
        if (kind != "MULTI_INSERT") next
        rows = desc
        if (index(rows, "ntuples:")) sub(/^.*ntuples: */, "", rows); else sub(/^[A-Z_+]* */, "", rows)
        count(xid, relation, "i", rows + 0)
      } else if (rmgr == "Sequence") count(xid, relation, "u", 1)
      else if (rmgr !~ /^(XLOG|CLOG|MultiXact|Standby|Btree|Hash|Gin|Gist|SPGist|BRIN|CommitTs|Storage)$/) other[xid] = 1
    }
    END {
      printf "exit %s\ntransactions %d\nuser %d\n", code, transactions, user + prepared
      for (one in touched) {
        path = one; sub(/^[0-9]*\//, "", path)
        printf "touched %s %d %d %d%s\n", one, sum[one, "i"], sum[one, "u"], sum[one, "d"], path in created ? " created" : ""
      }
    }'
}

# One line of JSON, see drills/rejoin/diverged.ts. A table that was made in the range has no name that the peer could know:
# the same number may be another table there.
range_json() { # READING PEER-NAMES OWN-NAMES
  LC_ALL=C sort -k 3,3nr "$1" | awk -v peer="$2" -v own="$3" '
    function quoted(text) { gsub(/["\\]/, "", text); gsub(/[[:cntrl:]]/, " ", text); return "\"" text "\"" }
    function load(file, into,  line, part) {
      while ((getline line <file) > 0) { split(line, part, "\t"); into[part[1]] = part[3] }
    }
    BEGIN { if (peer != "") load(peer, theirs); if (own != "") load(own, ours) }
    $1 == "exit" { complete = $2 == "0" ? "true" : "false"; late = $2 == 124 || $2 == 143 }
    $1 == "transactions" { transactions = $2 }
    $1 == "user" { user = $2 }
    $1 == "touched" && listed++ < 200 {
      name = $2 in ours ? quoted(ours[$2]) : $2 in theirs && $6 == "" ? quoted(theirs[$2]) : "null"
      rows = rows (rows == "" ? "" : ",") "{\"relation\":\"" $2 "\",\"name\":" name ",\"inserted\":" $3 ",\"updated\":" $4 ",\"deleted\":" $5 "}"
    }
    END {
      if (late || complete != "true" && transactions == 0) printf "{\"complete\":false,\"transactions\":null,\"userTransactions\":null,\"relations\":null}\n"
      else printf "{\"complete\":%s,\"transactions\":%d,\"userTransactions\":%d,\"relations\":[%s]}\n", complete, transactions, user, rows
    }'
}

# Reads the range of WAL that this host has alone into FOLDER: peer-names, reading. An end or a beginning that nobody
# knows makes a range that is not whole.
read_diverged() { # FOLDER FROM TO FIRST LAST
  relation_names ask_peer_names >"$1/peer-names" 2>/dev/null
  if [ "$3" = - ] || [ "$2" = 0/0 ]; then
    echo 'exit unknown' >"$1/reading"
  else
    prefix=$PGDATA/pg_wal/$(printf '%08X' "$(own_timeline)")
    read_range "$1/peer-names" "$2" "$3" "$prefix$4" "$prefix$5" >"$1/reading"
  fi
}

only_ours() { # FOLDER: the range is whole, and no user's transaction committed in it
  grep -qx 'exit 0' "$1/reading" && grep -qx 'user 0' "$1/reading"
}
