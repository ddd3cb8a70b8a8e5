#!/bin/sh
# Walks through the sandbox once with curl: usage selftest.sh [PROGRAM]; without
# it the program is $SANDBOX or the one built in the source tree.
# Prints one line a check and ends with 1 when one failed.
set -u

program=${1:-${SANDBOX:-./tonearm-sandbox}}
dir=$(mktemp -d) || exit 1
pid=
failed=0
passed=0

finish() {
	[ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT

# check NAME WANTED GOT: GOT must contain WANTED
check() {
	case $3 in
	*"$2"*)
		passed=$((passed + 1))
		echo "ok   $1" ;;
	*)
		failed=$((failed + 1))
		echo "FAIL $1: wanted '$2', got '$(printf '%s' "$3" | head -c 300)'" ;;
	esac
}

start() {
	: >"$dir/out"
	"$program" --listen 127.0.0.1:0 --state "$dir/state.json" >"$dir/out" 2>"$dir/err" &
	pid=$!
	n=0
	while ! grep -q listening "$dir/out" && [ $n -lt 100 ]; do
		kill -0 "$pid" 2>/dev/null || { cat "$dir/err"; echo "FAIL it does not start"; exit 1; }
		sleep 0.05
		n=$((n + 1))
	done
	base=$(sed -n 's/.*listening on //p' "$dir/out")
}

stop() {
	kill "$pid"
	wait "$pid"
	ended=$?
	pid=
}

# api METHOD PATH [curl options]: body, then a line with the status
api() {
	method=$1 path=$2
	shift 2
	curl -s -m 10 -w '\n%{http_code}' -X "$method" -H "Authorization: Bearer $token" "$@" "$base$path"
}

json() {
	method=$1 path=$2 body=$3
	api "$method" "$path" -H 'Content-Type: application/json' -d "$body"
}

control() {
	curl -s -m 10 -w '\n%{http_code}' -X "$1" -H 'Content-Type: application/json' ${3:+-d "$3"} "$base/_sandbox/$2"
}

# member NAME: the first text member of that name in what comes in
member() {
	sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1
}

verifier=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK
challenge=$(printf '%s' "$verifier" | openssl dgst -sha256 -binary | openssl base64 | tr '+/' '-_' | tr -d '=\n')
redirect=http://127.0.0.1:8001/callback
client=tonearm-sandbox-client
all_scopes="playlist-read-private playlist-read-collaborative playlist-modify-public playlist-modify-private \
user-library-read user-library-modify user-follow-read user-follow-modify user-top-read user-read-recently-played \
user-read-playback-state user-read-currently-playing user-modify-playback-state user-read-private"

# decide USER SCOPE [CLIENT]: the Location that comes back
decide() {
	curl -s -m 10 -o "$dir/page" -D - -b "$dir/cookies" -c "$dir/cookies" "$base/authorize/decide" \
		--data-urlencode "client_id=${3:-$client}" -d response_type=code \
		--data-urlencode "redirect_uri=$redirect" --data-urlencode "scope=$2" -d state=xyz \
		-d code_challenge_method=S256 -d "code_challenge=$challenge" -d "user=$1" | tr -d '\r' | sed -n 's/^Location: //p'
}

exchange() {
	curl -s -m 10 "$base/api/token" -d grant_type=authorization_code -d "client_id=${2:-$client}" -d "code=$1" \
		--data-urlencode "redirect_uri=$redirect" -d "code_verifier=$verifier"
}

refresh() {
	curl -s -m 10 "$base/api/token" -d grant_type=refresh_token -d "client_id=$client" -d "refresh_token=$1"
}

code_of() {
	printf '%s' "$1" | sed -n 's/.*[?&]code=\([^&]*\).*/\1/p'
}

login() {
	answer=$(exchange "$(code_of "$(decide "$1" "$2" "${3:-}")")" "${3:-}")
	token=$(printf '%s' "$answer" | member access_token)
	refresh_token=$(printf '%s' "$answer" | member refresh_token)
}

token=none
start

# --- accounts ---
q="client_id=$client&response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A8001%2Fcallback&scope=user-read-private&state=xyz"
pkce="code_challenge_method=S256&code_challenge=$challenge"
check 'the page says what it is' 'Sandbox: not Spotify' "$(curl -s "$base/authorize?$q&$pkce")"
check 'the page lists accounts' 'value="juniper"' "$(curl -s "$base/authorize?$q&$pkce")"
check 'the page names the scopes' 'user-read-private' "$(curl -s "$base/authorize?$q&$pkce")"
wrong=$(printf '%s' "$q" | sed 's/callback/callback%2F/')
known='sandbox_account=juniper'
check 'a redirect that differs shows nothing before the log-in' 'Log in' "$(curl -s "$base/authorize?$wrong&$pkce")"
check 'and is refused as a page after it' '400 ' "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' -d "$wrong&$pkce&user=juniper" "$base/authorize/decide")"
check 'and at once for who is logged in' '400 ' "$(curl -s -b "$known" -o /dev/null -w '%{http_code} %{redirect_url}' "$base/authorize?$wrong&$pkce")"
check 'an unknown client is refused as a page' 'Invalid client' "$(curl -s -b "$known" "$base/authorize?client_id=nobody&$pkce")"
check 'without PKCE the client hears invalid_request' 'error=invalid_request&state=xyz' "$(curl -s -o /dev/null -w '%{redirect_url}' "$base/authorize?$q")"
check 'plain PKCE is refused' 'error=invalid_request' "$(curl -s -o /dev/null -w '%{redirect_url}' "$base/authorize?$q&code_challenge_method=plain&code_challenge=$challenge")"
check 'cancel is access_denied' 'error=access_denied&state=xyz' "$(curl -s -o /dev/null -w '%{redirect_url}' "$base/authorize/decide" -d "$q&$pkce&decision=cancel")"
location=$(decide juniper "$all_scopes")
check 'agreeing gives a code and the state' 'state=xyz' "$location"
code=$(code_of "$location")
check 'a code begins with AC' 'AC' "$code"
answer=$(exchange "$code")
check 'the code gives an access token' '"access_token":"BQ' "$answer"
check 'and a refresh token' '"refresh_token":"AQ' "$answer"
check 'for an hour' '"expires_in":3600' "$answer"
check 'a code works once' 'Invalid authorization code' "$(exchange "$code")"
token=$(printf '%s' "$answer" | member access_token)
refresh_token=$(printf '%s' "$answer" | member refresh_token)
check 'a returning account is sent straight back' 'code=AC' "$(curl -s -b "$dir/cookies" -o /dev/null -w '%{redirect_url}' "$base/authorize?$q&$pkce")"
check 'show_dialog asks again' 'chosen last time' "$(curl -s -b "$dir/cookies" "$base/authorize?$q&$pkce&show_dialog=true")"
code=$(code_of "$(decide juniper "$all_scopes")")
check 'a wrong verifier is refused' 'code_verifier was incorrect' "$(verifier=${verifier}x; exchange "$code")"
check 'and uses the code up' 'Invalid authorization code' "$(exchange "$code")"
answer=$(refresh "$refresh_token")
check 'refreshing works' '"access_token":"BQ' "$answer"
check 'and brings no refresh token' 'none' "$(printf '%s' "$answer" | grep -q refresh_token || echo none)"
check 'an unknown refresh token' 'Invalid refresh token' "$(refresh AQnothing)"
check 'no client' '{"error":"invalid_client"}' "$(curl -s "$base/api/token" -d grant_type=refresh_token)"

# --- who ---
check 'me' '"display_name":"Juniper"' "$(api GET /v1/me)"
check 'development mode hides the product' 'hidden' "$(api GET /v1/me | grep -q product || echo hidden)"
check 'no token' 'error="missing_token"' "$(curl -s -D - "$base/v1/me")"
check 'a wrong token' 'error="invalid_token"' "$(curl -s -D - -H 'Authorization: Bearer nonsense' "$base/v1/me")"

# --- catalogue ---
found=$(api GET '/v1/search?q=morning%20coffee&type=track,playlist&limit=3')
check 'search finds a song' 'Morning Coffee, Second Cup' "$found"
check 'and a null playlist' 'null' "$(printf '%s' "$found" | sed 's/.*"playlists"//')"
check 'search limit 11' 'Invalid limit' "$(api GET '/v1/search?q=rain&type=track&limit=11')"
track=$(printf '%s' "$found" | grep -o 'spotify:track:[0-9A-Za-z]*' | head -n 1)
id=${track##*:}
check 'a track' "https://open.spotify.com/track/$id" "$(api GET "/v1/tracks/$id")"
check 'no popularity in development mode' 'none' "$(api GET "/v1/tracks/$id" | grep -q popularity || echo none)"
check 'no such track' '"Resource not found"' "$(api GET /v1/tracks/0000000000000000000000)"
check 'a batch is closed' '"Forbidden"' "$(api GET "/v1/tracks?ids=$id")"
check 'an old path is closed' '"Forbidden"' "$(api GET '/v1/users/juniper/playlists')"
check 'an unknown path' '"Service not found"' "$(api GET /v1/nothing)"

# --- playlists ---
made=$(json POST /v1/me/playlists '{"name":"Self test","description":"a & b"}')
check 'a playlist is made' '
201' "$made"
list=$(printf '%s' "$made" | grep -o 'spotify:playlist:[0-9A-Za-z]*' | head -n 1)
list=${list##*:}
check 'two entries are added' 'snapshot_id' "$(json POST "/v1/playlists/$list/items" "{\"uris\":[\"$track\",\"$track\"]}")"
check 'fields select' '{"total":2,"items":[{"item":{"uri":"'"$track"'","artists":[{"name":"' "$(api GET "/v1/playlists/$list/items?fields=total,items(item(uri,artists(name)))")"
check 'the old path is closed' '"Forbidden"' "$(api GET "/v1/playlists/$list/tracks")"
check 'limit 51' 'Invalid limit' "$(api GET "/v1/playlists/$list/items?limit=51")"
check 'a local file cannot be added' 'Invalid track uri' "$(json POST "/v1/playlists/$list/items" '{"uris":["spotify:local:a:b:c:1"]}')"
check 'removing takes every occurrence' 'snapshot_id' "$(json DELETE "/v1/playlists/$list/items" "{\"items\":[{\"uri\":\"$track\"}]}")"
check 'nothing is left' '"total":0' "$(api GET "/v1/playlists/$list/items")"
check 'my playlists link to a closed path' '/v1/users/juniper/playlists?' "$(api GET '/v1/me/playlists?limit=2')"
odd=$(api GET '/v1/search?q=odds%20and%20ends&type=playlist' | grep -o 'spotify:playlist:[0-9A-Za-z]*' | head -n 1)
odd=$(api GET "/v1/playlists/${odd##*:}/items?additional_types=track,episode")
check 'local entry' '"is_local":true' "$odd"
check 'null entry' '"item":null' "$odd"
check 'episode entry' '"type":"episode"' "$odd"
foreign=$(api GET '/v1/search?q=everything%20ever&type=playlist' | grep -o 'spotify:playlist:[0-9A-Za-z]*' | head -n 1)
check 'contents of others are closed' '"Forbidden"' "$(api GET "/v1/playlists/${foreign##*:}/items")"
check 'but not their details' 'without' "$(api GET "/v1/playlists/${foreign##*:}" | grep -q '"items"' || echo without)"

# --- library ---
check 'library by query' '
200' "$(api PUT "/v1/me/library?uris=$track")"
check 'library by body is refused' 'Missing required field: uris' "$(json PUT /v1/me/library "{\"uris\":[\"$track\"]}")"
check 'contains' '[true]' "$(api GET "/v1/me/library/contains?uris=$track" | tr -d ' ')"
check 'removed' '
200' "$(api DELETE "/v1/me/library?uris=$track")"
check 'contains no more' '[false]' "$(api GET "/v1/me/library/contains?uris=$track" | tr -d ' ')"
check 'followed artists' '"cursors"' "$(api GET '/v1/me/following?type=artist&limit=2')"

# --- player ---
check 'Juniper hears something' '"is_playing":true' "$(api GET /v1/me/player)"
check 'play' '
20' "$(json PUT /v1/me/player/play "{\"uris\":[\"$track\"],\"position_ms\":30000}")"
check 'it plays' "$track" "$(api GET /v1/me/player/currently-playing)"
check 'resuming what plays is refused' 'Restriction violated' "$(api PUT /v1/me/player/play -H 'Content-Length: 0')"
check 'queue' '
20' "$(api POST "/v1/me/player/queue?uri=$track" -H 'Content-Length: 0')"
check 'queue lists it' "$track" "$(api GET /v1/me/player/queue)"
check 'pause' '
20' "$(api PUT /v1/me/player/pause -H 'Content-Length: 0')"
check 'volume above 100' '
400' "$(api PUT '/v1/me/player/volume?volume_percent=101' -H 'Content-Length: 0')"
check 'an unknown device' 'Device not found' "$(api PUT '/v1/me/player/pause?device_id=nothing' -H 'Content-Length: 0')"
control POST clock '{"advance_seconds":900}' >/dev/null
check 'an idle device falls asleep' 'NO_ACTIVE_DEVICE' "$(api PUT /v1/me/player/play -H 'Content-Length: 0')"
device=$(api GET /v1/me/player/devices | member id)
check 'and wakes by its id' '
20' "$(api PUT "/v1/me/player/play?device_id=$device" -H 'Content-Length: 0')"

# --- others ---
login saffron "$all_scopes"
check 'without Premium' 'PREMIUM_REQUIRED' "$(api PUT /v1/me/player/pause -H 'Content-Length: 0')"
login otter "$all_scopes"
check 'without a device' 'NO_ACTIVE_DEVICE' "$(api PUT /v1/me/player/pause -H 'Content-Length: 0')"
login quill "$all_scopes"
check 'not on the allowlist' 'User not registered in the Developer Dashboard' "$(api GET /v1/me)"
login quill "$all_scopes" tonearm-sandbox-extended
check 'extended mode knows no allowlist' '"product":"premium"' "$(api GET /v1/me)"
check 'extended mode keeps popularity' '"popularity"' "$(api GET "/v1/tracks/$id")"
login marlow user-read-private
check 'a missing scope' 'Insufficient client scope' "$(api GET /v1/me/tracks)"
check 'a missing player scope' 'Permissions missing' "$(api GET /v1/me/player)"

# --- faults, clock, switches ---
control POST faults '{"path":"/v1/me","kind":"rate_limit","retry_after":7,"count":1}' >/dev/null
check 'a rate limit on demand' 'Retry-After: 7' "$(curl -s -D - -H "Authorization: Bearer $token" "$base/v1/me")"
check 'once' 'marlow' "$(api GET /v1/me)"
check 'counted' '"fired":1' "$(control GET faults)"
control DELETE faults >/dev/null
control POST faults '{"path":"/v1/me","kind":"cutoff"}' >/dev/null
curl -s -m 5 -o /dev/null -H "Authorization: Bearer $token" "$base/v1/me"
check 'an answer that breaks off' '18' "$?"
control POST faults '{"path":"/v1/me","kind":"slow","ms":300}' >/dev/null
check 'a slow answer still comes' 'marlow' "$(api GET /v1/me)"
control POST switches '{"owner_premium":false}' >/dev/null
check 'the owner without Premium' 'Active premium subscription required' "$(api GET /v1/me)"
control POST switches '{"owner_premium":true,"rotate_refresh":true}' >/dev/null
answer=$(refresh "$refresh_token")
check 'rotation gives a new refresh token' '"refresh_token":"AQ' "$answer"
check 'and the old one dies' 'Refresh token revoked' "$(refresh "$refresh_token")"
refresh_token=$(printf '%s' "$answer" | member refresh_token)
control POST clock '{"advance_seconds":3601}' >/dev/null
check 'access tokens die after an hour' 'Missing/invalid/expired access token' "$(api GET /v1/me)"
control POST clock '{"advance_seconds":16000000}' >/dev/null
check 'refresh tokens die after six months' 'Refresh token expired' "$(refresh "$refresh_token")"
control POST clock '{"reset":true}' >/dev/null
login marlow "$all_scopes"
control POST switches '{"daily_quota":2}' >/dev/null
check 'a daily quota counts' 'QUOTA_EXCEEDED' "$(api GET /v1/me/tracks; api GET /v1/me/tracks; api GET /v1/me/tracks)"
check 'each family for itself' 'marlow' "$(api GET /v1/me)"
control POST switches '{"daily_quota":0,"rate_limit_30s":1}' >/dev/null
check 'a rate limit counts' 'API rate limit exceeded' "$(api GET /v1/me; api GET /v1/me)"
control POST switches '{"rate_limit_30s":0,"auto_approve":"wren"}' >/dev/null
check 'consent without a person' 'code=AC' "$(curl -s -o /dev/null -w '%{redirect_url}' "$base/authorize?$q&$pkce")"
control POST switches '{"auto_approve":false}' >/dev/null
control POST revoke '{"user":"marlow"}' >/dev/null
check 'a revoked refresh token' 'Refresh token revoked' "$(refresh "$refresh_token")"
check 'users on demand' '"id":"crowd020"' "$(control POST users '{"count":20,"prefix":"crowd"}')"
# Marlow's is the one from after the clock was moved: expired ones are swept now and then.
check 'tokens for the canary scan' 'BQ' "$(control GET 'tokens?user=marlow')"
record=$(control GET 'record?since=0')
check 'the record names the user' '"user":"juniper"' "$record"
check 'the record names refusals' 'invalid_grant: Refresh token expired' "$record"
check 'the record holds no token' 'none' "$(printf '%s' "$record" | grep -Eq '[AB][QC][A-Za-z0-9_-]{60}' || echo none)"
check 'the overview' 'What is playing in the sandbox' "$(curl -s "$base/")"

# --- restart ---
login juniper "$all_scopes"
stop
check 'it ends cleanly' 'status 0.' "status $ended."
start
check 'state outlives a restart' '"display_name":"Juniper"' "$(api GET /v1/me)"
check 'so do playlists' 'Self test' "$(api GET '/v1/me/playlists')"
check 'other addresses are refused' 'not a loopback address' "$("$program" --listen 0.0.0.0:0 2>&1)"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
