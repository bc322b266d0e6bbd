#!/bin/sh
# Screen every patient profile of a folder.
#
#     sh screen-folder.sh PROFILES REPORTS
#
# Of each PROFILES/NAME.toml a page REPORTS/NAME.html is kept, and of all of them a log,
# REPORTS/log.csv; pages and log of an earlier run are replaced. The patients by the trials are
# printed at the end. A profile that cannot be read is named, and the others are screened.
#
# Exit status: 0 all were judged; 3 some could not be, and the others were; 2 wrong usage, or no
# profile there; otherwise the status with which cartscreen refused to go on.

set -u

if [ $# -ne 2 ] || [ ! -d "$1" ]; then
    echo "usage: sh $0 PROFILES REPORTS (two folders; the second is made if there is none)" >&2
    exit 2
fi
profiles=$1
reports=$2

set --
for file in "$profiles"/*.toml; do
    [ -f "$file" ] && set -- "$@" "$file"
done
if [ $# -eq 0 ]; then
    echo "$profiles: there is no profile (NAME.toml) in this folder." >&2
    exit 2
fi
mkdir -p "$reports" || exit 5

number=0
unread=0
for file in "$@"; do
    number=$((number + 1))
    name=$(basename "$file" .toml)
    echo "$number of $#: $name" >&2
    said=$(cartscreen check "$file" --format html --output "$reports/$name.html" --force 2>&1)
    code=$?
    case $code in
        0) ;;
        3) unread=$((unread + 1)) ;; # the page says what is wrong with the profile
        *)
            echo "$said" >&2
            exit $code
            ;;
    esac
done

# here the faults and warnings of all profiles are shown, each once
cartscreen check "$profiles" --format log --output "$reports/log.csv" --force
code=$?
case $code in
    0 | 3) ;;
    *) exit $code ;;
esac
cartscreen check "$profiles" --summary 2>/dev/null

echo "$(($# - unread)) of $# profiles judged; reports and log.csv are in $reports." >&2
[ "$unread" -eq 0 ] || exit 3
