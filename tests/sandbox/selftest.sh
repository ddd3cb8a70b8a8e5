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

# without WHAT TEXT: says none when TEXT lacks WHAT
without() {
	case $2 in *"$1"*) echo there ;; *) echo none ;; esac
}

# id_of KIND: the first id after spotify:KIND: in what comes in
id_of() {
	grep -o "spotify:$1:[0-9A-Za-z]*" | head -n 1 | sed 's/.*://'
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
user-read-playback-state user-read-currently-playing user-modify-playback-state user-read-private \
user-read-playback-position ugc-image-upload"

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

# --- what is spoken ---
spoken=$(api GET '/v1/search?q=small%20hours&type=show')
show=$(printf '%s' "$spoken" | id_of show)
check 'a long show' '"total":130' "$(api GET "/v1/shows/$show/episodes?limit=50&offset=100")"
episodes=$(api GET "/v1/shows/$show/episodes?limit=2")
check 'episodes say how far one was' '"resume_position_ms"' "$episodes"
episode=$(printf '%s' "$episodes" | id_of episode)
check 'an episode names its show' 'Small Hours Archive' "$(api GET "/v1/episodes/$episode")"
check 'several episodes are closed' '"Forbidden"' "$(api GET "/v1/episodes?ids=$episode")"
saved=$(api GET '/v1/me/episodes?limit=50')
check 'a dead episode has no name' '"href":"https://api.spotify.com/v1/episodes/null"' "$saved"
check 'nor a date' '"release_date":"0000"' "$saved"
book=$(api GET '/v1/search?q=every%20street&type=audiobook' | grep -o '/v1/audiobooks/[0-9A-Za-z]*' | head -n 1)
check 'an audiobook calls itself a show' "spotify:show:${book##*/}" "$(api GET "$book")"
chapters=$(api GET "$book/chapters?limit=50&offset=50")
check 'with 64 chapters' '"total":64' "$chapters"
check 'whose type is chapter' '"type":"chapter"' "$chapters"
chapter=$(printf '%s' "$chapters" | id_of episode)
check 'a chapter names its book' 'Every Street in Town' "$(api GET "/v1/chapters/$chapter")"
check 'saved audiobooks come unwrapped' 'none' "$(without added_at "$(api GET /v1/me/audiobooks)")"
check 'an audiobook is saved by either uri' '[true,true]' "$(api PUT "/v1/me/library?uris=spotify:audiobook:${book##*/}" >/dev/null; api GET "/v1/me/library/contains?uris=spotify:audiobook:${book##*/},spotify:show:${book##*/}" | tr -d ' ')"

# --- favourites and the past ---
short=$(api GET '/v1/me/top/artists?time_range=short_term&limit=3')
check 'favourites have a range' 'time_range=short_term' "$short"
check 'each range its own' 'differs' "$([ "$(printf '%s' "$short" | id_of artist)" = "$(api GET '/v1/me/top/artists?time_range=long_term&limit=3' | id_of artist)" ] || echo differs)"
check 'an unknown range' 'Invalid time range' "$(api GET '/v1/me/top/tracks?time_range=today')"
past=$(api GET '/v1/me/player/recently-played?limit=5')
before=$(printf '%s' "$past" | member before)
check 'what was played, with cursors that are text' '"cursors":{"after":"1' "$past"
check 'and no total' 'none' "$(without '"total":' "$past")"
older=$(api GET "/v1/me/player/recently-played?limit=5&before=$before")
check 'older plays' '"before":"1' "$older"
check 'are others' 'none' "$(without "\"$before\"" "$older")"
check 'before and after at once' 'Invalid cursor' "$(api GET "/v1/me/player/recently-played?before=$before&after=1")"
check 'after now there is nothing' '"cursors":null' "$(api GET '/v1/me/player/recently-played?after=9999999999999')"

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

check 'a search claims too much' 'claims more' "$(api GET '/v1/search?q=a&type=track&limit=1' | tr ',' '\n' | awk -F: '/"total":/ { first = $2 + 0 } END { if (first > 200) print "claims more" }')"
jpeg=/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==
check 'a cover is taken' '
202' "$(api PUT "/v1/playlists/$list/images" -H 'Content-Type: image/jpeg' -d "$jpeg")"
check 'and shown' 'i.scdn.co' "$(api GET "/v1/playlists/$list/images")"
check 'no JPEG, no cover' '
400' "$(api PUT "/v1/playlists/$list/images" -H 'Content-Type: image/jpeg' -d iVBORw0KGgo=)"
{ printf /9j/; head -c 262145 /dev/zero | tr '\0' A; } >"$dir/large"
check 'nor above 256 KB' '
413' "$(api PUT "/v1/playlists/$list/images" -H 'Content-Type: image/jpeg' --data-binary "@$dir/large")"
control POST playlist "{\"id\":\"$list\",\"uris\":[\"$track\",null,\"spotify:local:a:b:c:1\",\"$track\"]}" >/dev/null
check 'a local file is moved' 'snapshot_id' "$(json PUT "/v1/playlists/$list/items" '{"range_start":2,"insert_before":0}')"
check 'to the front' '"items":[{"added_at"' "$(api GET "/v1/playlists/$list/items?limit=1&fields=items(added_at,is_local)")"
check 'indeed' '"is_local":true' "$(api GET "/v1/playlists/$list/items?limit=1&fields=items(is_local)")"
check 'but not removed' 'Invalid track uri' "$(json DELETE "/v1/playlists/$list/items" '{"items":[{"uri":"spotify:local:a:b:c:1"}]}')"
check 'positions are ignored' '"total":2' "$(json DELETE "/v1/playlists/$list/items" "{\"items\":[{\"uri\":\"$track\",\"positions\":[1]}]}" >/dev/null; api GET "/v1/playlists/$list/items")"
check 'replacing and moving at once' 'Cannot both' "$(json PUT "/v1/playlists/$list/items" "{\"uris\":[\"$track\"],\"range_start\":0,\"insert_before\":1}")"
check 'replacing' '"total":1' "$(json PUT "/v1/playlists/$list/items" "{\"uris\":[\"$track\"]}" >/dev/null; api GET "/v1/playlists/$list/items")"
control POST switches '{"snapshot_lag":30,"entries_lag_ms":60000,"public_ignored":true}' >/dev/null
seen=$(api GET "/v1/playlists/$list?fields=snapshot_id" | member snapshot_id)
json POST "/v1/playlists/$list/items" "{\"uris\":[\"$track\"]}" >/dev/null
check 'a snapshot id lags behind' "$seen" "$(api GET "/v1/playlists/$list?fields=snapshot_id")"
check 'entries too when asked for' '"total":1' "$(api GET "/v1/playlists/$list/items")"
check 'public is ignored on demand' '"public":true' "$(json PUT "/v1/playlists/$list" '{"public":false}' >/dev/null; api GET "/v1/playlists/$list?fields=public")"
control POST switches '{"snapshot_lag":0,"entries_lag_ms":0,"public_ignored":false}' >/dev/null
check 'and then they are there' '"total":2' "$(api GET "/v1/playlists/$list/items")"
{ printf '{"id":"%s","uris":[' "$list"; yes "\"$track\"," | head -n 9999 | tr -d '\n'; printf '"%s"]}' "$track"; } >"$dir/many"
curl -s -m 10 -o "$dir/made" -H 'Content-Type: application/json' --data-binary "@$dir/many" "$base/_sandbox/playlist"
check 'ten thousand are the end' 'Playlist size limit reached' "$(json POST "/v1/playlists/$list/items" "{\"uris\":[\"$track\"]}")"

# --- library ---
check 'library by query' '
200' "$(api PUT "/v1/me/library?uris=$track")"
check 'library by body is refused' 'Missing required field: uris' "$(json PUT /v1/me/library "{\"uris\":[\"$track\"]}")"
check 'contains' '[true]' "$(api GET "/v1/me/library/contains?uris=$track" | tr -d ' ')"
check 'removed' '
200' "$(api DELETE "/v1/me/library?uris=$track")"
check 'contains no more' '[false]' "$(api GET "/v1/me/library/contains?uris=$track" | tr -d ' ')"
check 'followed artists' '"cursors"' "$(api GET '/v1/me/following?type=artist&limit=2')"

control POST people '{"count":1,"prefix":"follower","scope":"user-follow-read user-follow-modify"}' >"$dir/people"
mine=$token
token=$(member access <"$dir/people")
followed=$(control GET users | grep -o '"display_name":"Test follower001"'; api GET '/v1/me/following?type=artist&limit=4')
after=$(printf '%s' "$followed" | member after)
check 'the cursor goes on' '"cursors":{"after":null}' "$(api GET "/v1/me/following?type=artist&limit=4&after=$after")"
token=$mine

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
check 'a device that refuses' 'Cannot control device volume' "$(control POST device '{"user":"juniper","name":"Stubborn","supports_volume":false}' >"$dir/devices"; api PUT "/v1/me/player/volume?volume_percent=5&device_id=$(tr '}' '\n' <"$dir/devices" | grep Stubborn | member id)" -H 'Content-Length: 0')"
control POST device '{"user":"juniper","name":"Stubborn","restricted":true}' >/dev/null
check 'one that takes nothing' 'Restriction violated' "$(api PUT '/v1/me/player/seek?position_ms=0' -H 'Content-Length: 0')"
control POST device '{"user":"juniper","name":"Stubborn","gone":true}' >/dev/null
check 'a device that is gone' 'NO_ACTIVE_DEVICE' "$(api PUT /v1/me/player/pause -H 'Content-Length: 0')"
device=$(api GET /v1/me/player/devices | member id)
json PUT "/v1/me/player/play?device_id=$device" "{\"context_uri\":\"spotify:show:$show\",\"position_ms\":70000}" >/dev/null
check 'an episode is null without additional_types' '"item":null' "$(api GET /v1/me/player)"
check 'and there with them' 'Small Hours Archive' "$(api GET '/v1/me/player?additional_types=track,episode')"
check 'its place is remembered' '"resume_position_ms":7' "$(api GET "/v1/episodes/$episode")"
api PUT /v1/me/player/pause -H 'Content-Length: 0' >/dev/null
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
login saffron "$all_scopes" tonearm-sandbox-extended
check 'several episodes' '"episodes":[{' "$(api GET "/v1/episodes?ids=$episode,$episode")"
check 'saving by kind' '[true]' "$(json PUT /v1/me/shows "{\"ids\":[\"$show\"]}" >/dev/null; api GET "/v1/me/shows/contains?ids=$show")"
check 'and no more' '[false]' "$(api DELETE "/v1/me/shows?ids=$show" >/dev/null; api GET "/v1/me/shows/contains?ids=$show")"
artist=$(api GET '/v1/me/following?type=artist' | id_of artist)
check 'unfollowing' '
204' "$(api DELETE "/v1/me/following?type=artist&ids=$artist")"
check 'following' '[false]' "$(api GET "/v1/me/following/contains?type=artist&ids=$artist")"
check 'following a playlist' '[true]' "$(json PUT "/v1/playlists/$list/followers" '{"public":true}' >/dev/null; api GET "/v1/playlists/$list/followers/contains?ids=saffron")"
check 'new releases' '"albums":{' "$(api GET '/v1/browse/new-releases?limit=2')"
check 'categories' '"categories":{' "$(api GET '/v1/browse/categories?limit=2')"
check 'markets' '"markets":["' "$(api GET /v1/markets)"
check 'old and new names' '"tracks":{' "$(api GET '/v1/me/playlists')"
check 'closed to everybody' '"Forbidden"' "$(api GET /v1/recommendations)"
login wren "$all_scopes"
check 'no audiobooks in Poland' '"Resource not found"' "$(api GET "$book")"
check 'nor saved ones' '"total":0' "$(api GET /v1/me/audiobooks)"
check 'nor in a search' '"total":0' "$(api GET '/v1/search?q=street&type=audiobook')"
login quill "$all_scopes" tonearm-sandbox-extended
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
check 'it says when' 'Retry-After: 86' "$(curl -s -D - -o /dev/null -H "Authorization: Bearer $token" "$base/v1/me/tracks")"
control POST clock '{"advance_seconds":3000}' >/dev/null
check 'which comes nearer' 'Retry-After: 83' "$(curl -s -D - -o /dev/null -H "Authorization: Bearer $token" "$base/v1/me/tracks")"
control POST switches '{"daily_quota":{"search":1,"*":1000}}' >/dev/null
check 'a family with its own size' 'QUOTA_EXCEEDED' "$(api GET '/v1/search?q=a&type=track'; api GET '/v1/search?q=a&type=track')"
check 'the others have theirs' '"items"' "$(api GET /v1/me/tracks)"
control POST faults '{"path":"/v1/me","kind":"server_error","skip":1}' >/dev/null
check 'a fault that lets some through' 'marlow' "$(api GET /v1/me)"
check 'and then comes' 'Server error' "$(api GET /v1/me)"
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
