/*
 * How requests find their person's worker, and what happens meanwhile to
 * workers, the vault and the whole: bind, hand-over, idle and retire, a
 * worker's crash, the vault's death and return, drain.  tests/model/run.sh has
 * spin look at every order in which it can happen.
 *
 * Person 0 has two credentials and sends two requests, with one of them or
 * with both; person 1 sends one.  A handler of a single-threaded program is one
 * atomic step, so it may stand in a process of its own here, with the channel
 * or the thing that it is about.
 *
 * What is looked for, besides processes that wait for ever:
 *   ONE    the vault never gives a person a second living worker
 *   OWN    no request reaches, or is answered by, another person's worker
 *   ONCE   no request is answered twice
 *   ALL    each request is answered (Client waits for it)
 *   CAUSE  a request fails only if its worker crashed or nobody is left to
 *          serve it, or a new vault met its worker besides another, not yet
 *          reaped one of that person (restore_refused)
 *
 * -DCRASH: one worker crashes.  -DRECONNECT: the vault dies once and is started
 * anew.  -DDRAIN: the whole is stopped.  Each whenever it likes.
 * -DWORKERS=3 instead of two.  -DBREAK_...: takes one precaution away.
 *
 * Streams that front keeps (streams.c) are no request here: what keeps them goes
 * on in front alone, in the step of IDLE or of a worker's end; whatever that worker
 * still says of them is dropped, as it is not in its list any more; and
 * STREAM_BACK follows BOUND on a channel as the first request does.
 *
 * Left out: keys, rows, credit; the database's answer is part of the bind's
 * first step; deadlines; front's own death (its clients' connections are gone
 * with it).  A worker's id is never used again, so neither is a worker here.
 */
#ifndef WORKERS
#define WORKERS     2
#endif
#define REQUESTS    3
#define CREDENTIALS 3
#define USER(c)     ((c) / 2)       /* 0 and 1 are person 0's, 2 is person 1's */
#define NONE        7

mtype = { REQ, RES, IDLE, RETIRE, BOUND, BUSY };            /* messages */
mtype = { BLANK, OFFERED, AT_WORK, RETIRING, GONE };        /* enum worker_state */
mtype = { NO_ROUTE, WANTING, ASKING, KNOWN };               /* enum route_state */
mtype = { TO_COME, WAITING, SENT, DONE };                   /* a request */
mtype = { ALIVE, ENDED, CRASHED, KILLED };                  /* a worker's process */
mtype = { LIVE, DEAD, LOST };                               /* front's channel to the vault: dead, and seen so */
mtype = { RUNNING, DRAIN_FRONT, DRAIN_WORKERS };            /* enum phase */

/* A channel keeps its order; what was sent before a death can still be read. */
chan to_worker[WORKERS] = [4] of { mtype, byte };           /* REQ request; RETIRE */
chan from_worker[WORKERS] = [5] of { mtype, byte };         /* RES request; IDLE */
chan to_vault = [CREDENTIALS] of { byte, byte };            /* BIND credential, offered worker */
chan to_front = [CREDENTIALS] of { mtype, byte, byte };     /* BOUND credential, worker; BUSY */

/* What is so, whoever knows of it. */
mtype process[WORKERS] = ALIVE, phase = RUNNING;
byte user[WORKERS] = NONE;          /* whom IDENTITY named to the worker */
bool condemned[WORKERS];            /* KILL_WORKER is under way */
bool vault_up = true, may_crash, may_die;
byte cred[REQUESTS];                /* with which it comes */

/* The vault: struct user, struct worker, struct bind. */
byte owner[2] = NONE;               /* the person's worker */
bool sees[WORKERS] = true;          /* its channel to the worker is not at its end */
byte keying = NONE, keying_for;     /* a bind past IDENTITY: worker, credential */

/* The supervisor, struct member.  It reads all that a dead vault has told it
 * before it starts another, so WORKER_BOUND arrives at once here. */
byte bound[WORKERS] = NONE;

/* Front: struct route, struct worker, struct request. */
mtype route[CREDENTIALS] = NO_ROUTE, state[WORKERS] = BLANK, request[REQUESTS] = TO_COME;
mtype vault_link = LIVE;
byte leads[CREDENTIALS] = NONE;     /* KNOWN: to this worker; ASKING: offered */
byte at[REQUESTS] = NONE;           /* SENT to this worker */

hidden byte c, w, r, i;             /* within one step */

#if WORKERS == 3
#define ANY(p) (p(0) || p(1) || p(2))
#else
#define ANY(p) (p(0) || p(1))
#endif
#define IS_BLANK(w)   (state[w] == BLANK)
#define MAY_BE_OFFERED(w) (state[w] == BLANK || state[w] == OFFERED)
#define LIVES(w)      (process[w] == ALIVE)
#define RIVAL(w)      (LIVES(w) && !condemned[w] && user[w] == USER(c))
#define IS_OPEN(r)    (request[r] == WAITING || request[r] == SENT)
#define OPEN_AT(w)    (at[0] == w || at[1] == w || at[2] == w)

/* --- the worker --- */
inline die(w, how) {                /* what it did not read is lost */
	process[w] = how;
	do :: to_worker[w] ? _, _ :: empty(to_worker[w]) -> break od
}

proctype Worker(byte me)
{
	bool idle;

end:	do
	:: atomic { to_worker[me] ? REQ, r ->
		assert(user[me] == USER(cred[r]) /* OWN */);
		idle = false; from_worker[me] ! RES, r }          /* requests_on_body */
	:: atomic { LIVES(me) && user[me] != NONE && !idle && empty(to_worker[me]) ->
		idle = true; from_worker[me] ! IDLE, 0 }          /* on_timer */
	:: atomic { to_worker[me] ? RETIRE, _ -> idle = false; die(me, ENDED) } /* life_on_retire */
#ifdef BREAK_DRAIN
	:: atomic { LIVES(me) && phase != RUNNING -> die(me, ENDED) }
#else
	:: atomic { LIVES(me) && phase == DRAIN_WORKERS -> die(me, ENDED) } /* life_on_drain */
#endif
	:: atomic { LIVES(me) && may_crash -> may_crash = false; die(me, CRASHED) }
	:: atomic { LIVES(me) && condemned[me] -> die(me, KILLED) } /* member_kill */
	od
}

/* --- the vault --- */
inline vault_dies() {
	may_die = false; vault_up = false; vault_link = DEAD;
	keying = NONE; keying_for = 0; owner[0] = NONE; owner[1] = NONE;
	for (i : 0 .. WORKERS - 1) { sees[i] = false }
	do :: to_vault ? _, _ :: empty(to_vault) -> break od
}

#ifdef BREAK_FREE
#define HAS_WORKER(u) false         /* the person is freed without waiting for the worker's end */
#else
#define HAS_WORKER(u) (owner[u] != NONE)
#endif

proctype Vault()
{
end:	do
	:: atomic { keying == NONE && nempty(to_vault) -> to_vault ? c, w;         /* on_bind, proceed */
		if
		:: HAS_WORKER(USER(c)) -> to_front ! BOUND, c, owner[USER(c)] /* ask_live_worker */
		:: else ->
			if
			:: !sees[w] || owner[0] == w || owner[1] == w -> to_front ! BUSY, c, w
			:: else ->                                    /* take, give_identity */
				assert(!ANY(RIVAL) /* ONE */);
				assert(user[w] == NONE /* OWN: IDENTITY comes once */);
				owner[USER(c)] = w; user[w] = USER(c);
				if
				:: may_die -> vault_dies()
				:: bound[w] = USER(c); keying = w; keying_for = c
				fi
			fi
		fi }
	:: atomic { keying != NONE ->                                         /* on_keyed */
		if
		:: sees[keying] -> to_front ! BOUND, keying_for, keying
		:: else -> owner[USER(keying_for)] = NONE; to_front ! BUSY, keying_for, keying
		fi;
		keying = NONE; keying_for = 0 }
	:: atomic { vault_up && may_die -> vault_dies() }
	/* The supervisor starts it anew with all workers that it knows (role_start,
	 * tell_bound): of those that have died some may not be reaped. */
	:: atomic { !vault_up ->
		for (i : 0 .. WORKERS - 1) {
			if :: LIVES(i) -> sees[i] = true :: !LIVES(i) -> sees[i] = true :: !LIVES(i) fi;
			if
			:: !sees[i] || bound[i] == NONE
			:: sees[i] && bound[i] != NONE && owner[bound[i]] == NONE -> owner[bound[i]] = i
			:: sees[i] && bound[i] != NONE && owner[bound[i]] != NONE ->
				condemned[i] = true; sees[i] = false          /* restore_refused */
			fi
		}
		vault_up = true }
	od
}

/* --- front --- */
inline answer(r) {
	assert(IS_OPEN(r) /* ONCE */);
	request[r] = DONE; at[r] = NONE
}
inline send_waiting(c) {            /* relay_send */
	for (i : 0 .. REQUESTS - 1) {
		if
		:: request[i] == WAITING && cred[i] == c ->
			request[i] = SENT; at[i] = leads[c];
			if :: LIVES(leads[c]) -> to_worker[leads[c]] ! REQ, i :: else fi
		:: else
		fi
	}
}
inline take_back(c) {               /* the offered one is not needed */
	if :: state[leads[c]] == OFFERED -> state[leads[c]] = BLANK :: else fi
}
inline drop_routes(w) {             /* routes_drop_worker */
	for (i : 0 .. CREDENTIALS - 1) {
		if :: route[i] == KNOWN && leads[i] == w -> route[i] = NO_ROUTE; leads[i] = NONE :: else fi
	}
}
inline vault_lost() {               /* what became of the offer nobody knows */
	for (i : 0 .. CREDENTIALS - 1) {
		if
		:: route[i] == ASKING ->
			route[i] = WANTING;
#ifdef BREAK_OFFER
			take_back(i);
#else
			if :: state[leads[i]] == OFFERED -> condemned[leads[i]] = true; state[leads[i]] = GONE :: else fi;
#endif
			leads[i] = NONE
		:: else
		fi
	}
}

/* Front's and the vault's ends of the channels of one worker. */
proctype Channels(byte me)
{
end:	do
	:: atomic { from_worker[me] ? RES, r ->                   /* on_res_head, on_res_body */
		assert(at[r] == me && user[me] == USER(cred[r]) /* OWN */);
		answer(r) }
	:: atomic { from_worker[me] ? IDLE, _ ->                  /* on_idle */
		if
		:: state[me] == AT_WORK && !OPEN_AT(me) ->
#ifndef BREAK_ROUTE
			drop_routes(me); state[me] = RETIRING;
#endif
			if :: LIVES(me) -> to_worker[me] ! RETIRE, 0 :: else fi
		:: else
		fi }
	:: atomic { !LIVES(me) && empty(from_worker[me]) && state[me] != GONE -> /* worker_ended, fail_requests */
		drop_routes(me); state[me] = GONE;
		for (i : 0 .. REQUESTS - 1) {
			if :: at[i] == me -> assert(process[me] == CRASHED || condemned[me] /* CAUSE */); answer(i) :: else fi
		} }
	:: atomic { !LIVES(me) && vault_up && sees[me] ->         /* ended, release: the person is free */
		sees[me] = false;
		for (i : 0 .. 1) {
			if :: owner[i] == me && keying != me -> owner[i] = NONE :: else fi
		} }
	od
}

/* Front asks for a route that somebody waits for, with any blank worker. */
proctype Route(byte me)
{
end:	do
	:: atomic { route[me] == WANTING && vault_link != LOST && ANY(IS_BLANK) ->
		w = 0; do :: IS_BLANK(w) -> break :: else -> w++ od;
		state[w] = OFFERED; leads[me] = w; route[me] = ASKING;
		if :: vault_link == LIVE -> to_vault ! me, w :: else fi }
	:: atomic { route[me] == WANTING && !ANY(MAY_BE_OFFERED) -> /* 503 (too_old) */
		route[me] = NO_ROUTE;
		for (i : 0 .. REQUESTS - 1) {
			if :: request[i] == WAITING && cred[i] == me -> answer(i) :: else fi
		} }
	od
}

/* Front's end of the channel to the vault. */
proctype Front()
{
end:	do
	:: atomic { to_front ? BOUND, c, w -> /* on_bound: the offered one, or one there is */
		if :: leads[c] != w -> take_back(c) :: else fi;
		if :: MAY_BE_OFFERED(w) -> state[w] = AT_WORK :: else fi;
		if
		:: state[w] == AT_WORK -> route[c] = KNOWN; leads[c] = w; send_waiting(c)
		:: else -> route[c] = WANTING; leads[c] = NONE    /* retry */
		fi }
	:: atomic { to_front ? BUSY, c, w -> take_back(c); route[c] = WANTING; leads[c] = NONE } /* on_bind_refused */
	:: atomic { vault_link == DEAD && empty(to_front) -> vault_lost(); vault_link = LOST }
	/* A new one comes, perhaps before that was seen (take_peer). */
	:: atomic { vault_up && vault_link != LIVE ->
		do :: to_front ? _, _, _ :: empty(to_front) -> break od;
		if :: vault_link == DEAD -> vault_lost() :: else fi;
		vault_link = LIVE }
	od
}

proctype Client(byte me)
{
	if
	:: atomic { phase == RUNNING ->                           /* routes_find_worker */
		request[me] = WAITING; c = cred[me];
		if
		:: route[c] == KNOWN -> send_waiting(c)
		:: route[c] == NO_ROUTE -> route[c] = WANTING
		:: else
		fi }
	:: phase != RUNNING -> goto over                          /* refused: connection closed */
	fi;
	request[me] == DONE;                                      /* ALL */
over:	skip
}

proctype Drain()                    /* drain_begin, drain_step */
{
	phase = DRAIN_FRONT;
	atomic { !IS_OPEN(0) && !IS_OPEN(1) && !IS_OPEN(2) -> phase = DRAIN_WORKERS };
	!ANY(LIVES)
}

init {
	atomic {
		cred[2] = 2;
		if :: cred[1] = 0 :: cred[1] = 1 fi;
#ifdef CRASH
		may_crash = true;
#endif
#ifdef RECONNECT
		may_die = true;
#endif
		for (i : 0 .. WORKERS - 1) { run Worker(i); run Channels(i) }
		run Vault(); run Front(); run Route(0); run Route(1); run Route(2);
#ifdef DRAIN
		run Drain();
#endif
		run Client(0); run Client(1); run Client(2)
	}
}
