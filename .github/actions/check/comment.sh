# Writes the Markdown as a comment on the pull request, in place of the one that an earlier run wrote
# for the same name, which is found by its first line. With WHEN=changed none is begun where nothing
# changed. A comment that cannot be written is a warning: whether the job passes is the check's to say.
set -u

marker="<!-- dockbench check: $NAME -->"
body="$MARKDOWN.comment"
comments="repos/$REPOSITORY/issues/$NUMBER/comments"
mine=".[] | select(.body | startswith(\"$marker\")) | .id"

write() {
    local found earlier
    { echo "$marker" && cat "$MARKDOWN"; } >"$body" || return
    found="$(gh api --paginate "$comments" --jq "$mine")" || return
    earlier="${found%%$'\n'*}"
    if [ -n "$earlier" ]; then
        gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$earlier" \
            --field "body=@$body"
    elif [ "${WHEN:-}" != changed ] || [ "${CHANGED:-}" != false ]; then
        gh api --silent --method POST "$comments" --field "body=@$body"
    fi
}

if ! said="$(write 2>&1)"; then
    reason="$(tr '\r\n%' '   ' <<<"$said")"
    echo "::warning title=dockbench check::no comment was written on the pull request ($reason):" \
        "it takes a token with pull-requests: write, which runs for pull requests from forks do" \
        "not have; the result is in the job's summary"
fi
