# Writes the Markdown as a comment on the pull request, in place of the one of an earlier run, which
# is found by its first line.
set -eu

comments="repos/$REPOSITORY/issues/$NUMBER/comments"
mine='.[] | select(.body | startswith("<!-- dockbench check -->")) | .id'
earlier="$(gh api --paginate "$comments" --jq "$mine" | head -n 1)"
if [ -n "$earlier" ]; then
    gh api --silent --method PATCH "repos/$REPOSITORY/issues/comments/$earlier" \
        --field "body=@$MARKDOWN"
else
    gh api --silent --method POST "$comments" --field "body=@$MARKDOWN"
fi
