# Writes each result in FOLDER as a comment on the pull request that the finished workflow ran for.
# The results come from a job that ran the code of a pull request: they are text to show and nothing
# else. Which pull request it is the event says, never they; they mention nobody, and are cut.
set -u

most=20
longest=60000

if ! [[ "$HEAD_SHA" =~ ^[0-9a-f]{40}$ ]]; then
    echo "the event names no commit: this action is for workflow_run" >&2
    exit 2
fi
of_this_commit=".[] | select(.head.sha == \"$HEAD_SHA\") | .number"
number="$(gh api --method GET "repos/$REPOSITORY/pulls" --raw-field state=open \
    --raw-field "head=$HEAD_OWNER:$HEAD_BRANCH" --jq "$of_this_commit")" || exit 2
number="${number%%$'\n'*}"
if ! [[ "$number" =~ ^[0-9]+$ ]]; then
    echo "no open pull request has this commit at its head: nothing to comment on"
    exit 0
fi

written=0
while IFS= read -r -d '' result; do
    folder="$(dirname "$result")"
    [ ! -L "$result" ] && [ ! -L "$folder/name" ] && [ -f "$folder/name" ] || continue
    [ "$written" -lt "$most" ] || break
    written=$((written + 1))
    name="$(head -c 200 "$folder/name" | tr -cs 'A-Za-z0-9._/-' '[_*]' | tr -s -)"
    shown="$(mktemp "$RUNNER_TEMP/comment.XXXXXX")" || exit 2
    head -c "$longest" "$result" | tr -d '\000-\010\013-\037\177' | sed 's/@/@\xe2\x80\x8b/g' >"$shown"
    changed=true
    [ -L "$folder/changed" ] || [ "$(head -c 5 "$folder/changed" 2>/dev/null)" != false ] ||
        changed=false
    NUMBER="$number" NAME="${name%_}" MARKDOWN="$shown" CHANGED="$changed" \
        bash "$(dirname "$0")/../check/comment.sh"
done < <(find "$FOLDER" -type f -name check.md -print0 | sort -z)
