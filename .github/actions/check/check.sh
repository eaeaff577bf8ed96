# Runs `dockbench check` with the options that are set in the environment (see action.yml), adds the
# result to the job's summary and outputs, and ends with the exit code of the check.
set -u

arguments=()
for name in MAX_SIZE MAX_WASTE MAX_WASTE_PERCENT MIN_WASTE_BYTES BASELINE MAX_GROWTH \
    MIN_GROWTH_BYTES DIVE_CI WRITE_BASELINE PLATFORM BASE; do
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
    echo "name=$name" >>"$GITHUB_OUTPUT"
    echo "json=$json" >>"$GITHUB_OUTPUT"
    echo "markdown=$markdown" >>"$GITHUB_OUTPUT"
    cat "$markdown" >>"$GITHUB_STEP_SUMMARY"
fi
exit $code
