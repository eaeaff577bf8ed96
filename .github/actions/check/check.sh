# Runs `dockbench check` with the options that are set in the environment (see action.yml), adds the
# result to the job's summary and outputs, and ends with the exit code of the check.
set -u

arguments=()
for name in MAX_SIZE MIN_SIZE MAX_OWN_SIZE MAX_LAYERS MAX_WASTE MAX_WASTE_PERCENT MIN_WASTE_BYTES \
    BASELINE MAX_GROWTH MAX_SHRINK MIN_GROWTH_BYTES DIVE_CI WRITE_BASELINE PLATFORM BASE; do
    value="${!name:-}"
    option="$(tr 'A-Z_' 'a-z-' <<<"$name")"
    [ -z "$value" ] || arguments+=("--$option=$value")
done

# What tells this check from others of the same pull request: the image without its tag, which may
# be another one in every run, and the platform.
name="${NAME:-}"
if [ -z "$name" ]; then
    last="${IMAGE##*/}"
    name="${IMAGE%"$last"}${last%%[:@]*}${PLATFORM:+ $PLATFORM}"
fi
name="$(tr -cs 'A-Za-z0-9._/-' '[_*]' <<<"$name" | tr -s -)"
name="${name%_}"

# A baseline that is no file is an image; one that cannot be pulled is the check's to report.
case "${BASELINE:-}" in
'' | *.json | [./]*) ;;
*)
    if [ ! -e "$BASELINE" ] && ! docker image inspect -- "$BASELINE" >/dev/null 2>&1; then
        docker pull --quiet -- "$BASELINE" >/dev/null 2>&1 || true
    fi
    ;;
esac

folder="$(mktemp -d "$RUNNER_TEMP/dockbench-check.XXXXXX")" || exit 2
json="$folder/check.json"
markdown="$folder/check.md"
"$DOCKBENCH" check ${arguments[@]+"${arguments[@]}"} --json "$json" --markdown "$markdown" -- "$IMAGE"
code=$?

case $code in
0) passed=true ;;
1) passed=false ;;
*) passed= ;;
esac
echo "passed=$passed" >>"$GITHUB_OUTPUT"
if [ -f "$json" ] && [ -f "$markdown" ]; then
    changed=true
    ! grep -q '^ "changed": false' "$json" || changed=false
    echo "$name" >"$folder/name"
    echo "$changed" >"$folder/changed"
    echo "name=$name" >>"$GITHUB_OUTPUT"
    echo "changed=$changed" >>"$GITHUB_OUTPUT"
    echo "folder=$folder" >>"$GITHUB_OUTPUT"
    echo "json=$json" >>"$GITHUB_OUTPUT"
    echo "markdown=$markdown" >>"$GITHUB_OUTPUT"
    cat "$markdown" >>"$GITHUB_STEP_SUMMARY"
fi
exit $code
