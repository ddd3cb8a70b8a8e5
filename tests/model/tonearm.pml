/*
 * How requests find their person's worker, and what happens meanwhile to
 * workers, the vault and the whole: bind, hand-over, idle and retire, a
 * worker's crash, the vault's death and return, drain.  tests/model/run.sh has
 * spin look at every order in which it can happen.
 *
 * Asserted, besides "no deadlock":
 *   ONE    a person never has two workers, and never requests at two at once
 *   OWN    no request reaches, or is answered by, another person's worker
 *   ONCE   no request is answered twice
 *   ALL    at the end every request that front took has been answered
 *   CAUSE  a request fails only if its worker crashed: not because somebody
 *          retired, drained, or another program died
 *
 * -DTWO leaves two workers of the three, which is searched in a minute.
 * -DBREAK_... takes one precaution away; spin must then find a violation.
 *
 * Left out: keys, rows and credit; a second death of the vault; front's own
 * death (its clients' connections are gone with it); deadlines.  A worker is
 * never used again here, as a worker's id is never used again.
 */
#define WORKERS  3
#define USERS    2
#define REQUESTS 3
#define NONE     7
#define USER(r)  ((r) / 2)      /* two requests of person 0, one of person 1 */

mtype = { REQ, RES, IDLE, RETIRE, BOUND, BUSY };
mtype = { NO_ROUTE, WANTING, ASKING, KNOWN };              /* enum route_state */
mtype = { BLANK, OFFERED, AT_WORK, RETIRING, GONE };       /* enum worker_state */
mtype = { RUNNING, DRAIN_FRONT, DRAIN_WORKERS };           /* enum phase */

/* A channel keeps its order; what was sent before a death can still be read. */
chan to_worker[WORKERS] = [3] of { mtype, byte };          /* front -> worker */
chan from_worker[WORKERS] = [3] of { mtype, byte };
chan to_vault[2] = [1] of { byte, byte };                  /* BIND user, offered worker */
chan to_front[2] = [1] of { mtype, byte, byte };           /* BOUND user, worker; BUSY */
chan to_supervisor = [1] of { byte, byte };                /* WORKER_BOUND worker, user */

/* Processes. */
bool alive[WORKERS] = true;     /* worker: there is such a process */
bool crashed[WORKERS];          /* it did not end by itself */
bool condemned[WORKERS];        /* KILL_WORKER is under way */
byte user[WORKERS] = NONE;      /* whom IDENTITY named to it */
byte vault_crashes = 1;
bool vault_up = true, front_up = true, peer_vault;
byte life;                      /* of the vault: the first or the second */
mtype phase = RUNNING;

/* The vault: struct user, struct worker. */
byte owner[USERS] = NONE;       /* the person's worker */
bool sees[WORKERS] = true;      /* its channel to it is not at its end */

/* The supervisor: struct member. */
byte bound[WORKERS] = NONE;

/* Front: struct route, struct worker, struct request. */
mtype route[USERS] = NO_ROUTE, state[WORKERS] = BLANK;
byte leads[USERS] = NONE;       /* KNOWN: to this worker; ASKING: offered */
byte at[REQUESTS] = NONE;       /* sent to this worker, not answered */
bool waiting[REQUESTS];         /* for a worker */
byte answers[REQUESTS], taken;  /* requests 0 to taken - 1 have come */
bool vault_here = true, closed;
byte vault_life;                /* whose channel front has */

#define OPEN(w) (at[0] == w || at[1] == w || at[2] == w)
#define WAITS(u) ((u == 0 && (waiting[0] || waiting[1])) || (u == 1 && waiting[2]))
#define RIVAL(w, v, u) (v != w && alive[v] && !condemned[v] && user[v] == u)
#define ANSWER(r) answers[r]++; assert(answers[r] == 1 /* ONCE */); at[r] = NONE

proctype Worker(byte w)
{
	byte r;
	bool idle;

	do
	:: atomic { alive[w] && user[w] != NONE && to_worker[w] ? [REQ, _] ->
		to_worker[w] ? REQ, r; idle = false };
		if      /* The work; it may die over it.  requests_on_body */
		:: atomic { alive[w] -> assert(user[w] == USER(r) /* OWN */); from_worker[w] ! RES, r }
		:: !alive[w]
		fi
	:: atomic { alive[w] && user[w] != NONE && !idle && empty(to_worker[w]) ->
		idle = true; from_worker[w] ! IDLE, 0 }                   /* on_timer */
	:: atomic { alive[w] && to_worker[w] ? [RETIRE, _] -> to_worker[w] ? RETIRE, _ };
		alive[w] = false; break                                   /* life_on_retire: stored, then */
#ifdef BREAK_DRAIN
	:: atomic { alive[w] && phase != RUNNING -> alive[w] = false }; break
#else
	:: atomic { alive[w] && phase == DRAIN_WORKERS -> alive[w] = false }; break /* life_on_drain */
#endif
	:: atomic { !alive[w] -> break }
	od
}

/* Somebody's worker crashes once, whenever. */
proctype Fate()
{
end:	atomic {
		if
		:: alive[0] -> crashed[0] = true; alive[0] = false
		:: alive[1] -> crashed[1] = true; alive[1] = false
		:: alive[2] -> crashed[2] = true; alive[2] = false
		fi
	}
}

#ifdef BREAK_FREE
#define HELD false              /* the person is freed without waiting for the worker's end */
#else
#define HELD true
#endif
#define VAULT_MAY_DIE \
	if :: vault_crashes > 0 && phase == RUNNING -> goto dies :: skip fi

proctype Vault()
{
	byte u, w;

end:	do
	:: atomic { vault_up && to_vault[life] ? [_, _] -> to_vault[life] ? u, w };       /* on_bind, proceed */
		if
		:: owner[u] != NONE && HELD -> to_front[life] ! BOUND, u, owner[u]        /* ask_live_worker */
		:: else ->
			if
			:: !sees[w] || owner[0] == w || owner[1] == w -> to_front[life] ! BUSY, u, w
			:: else ->                                        /* take, give_identity */
				atomic {
					assert(!RIVAL(w, 0, u) && !RIVAL(w, 1, u) && !RIVAL(w, 2, u)); /* ONE */
					assert(user[w] == NONE);  /* OWN: IDENTITY comes once */
					owner[u] = w; user[w] = u
				};
				VAULT_MAY_DIE;
				to_supervisor ! w, u;
				VAULT_MAY_DIE;
				to_front[life] ! BOUND, u, w              /* on_keyed */
			fi
		fi
	/* The end of a worker's channel frees the person (worker.c, ended). */
	:: atomic { vault_up && sees[0] && !alive[0] -> sees[0] = false; w = 0; goto free }
	:: atomic { vault_up && sees[1] && !alive[1] -> sees[1] = false; w = 1; goto free }
	:: atomic { vault_up && sees[2] && !alive[2] -> sees[2] = false; w = 2; goto free }
	:: atomic { vault_up && vault_crashes > 0 && phase == RUNNING -> goto dies }
	od;
free:	atomic {
		if :: owner[0] == w -> owner[0] = NONE :: else fi;
		if :: owner[1] == w -> owner[1] = NONE :: else fi;
		goto end
	}
dies:	atomic {
		vault_crashes--; vault_up = false;
		owner[0] = NONE; owner[1] = NONE;
		u = 0; w = 0;
		goto end
	}
}

proctype Supervisor()
{
	byte w, u;

	do
	:: atomic { to_supervisor ? w, u -> bound[w] = u; w = 0; u = 0 }  /* member_bound */
	:: atomic { condemned[0] && alive[0] -> alive[0] = false; crashed[0] = true } /* member_kill */
	:: atomic { condemned[1] && alive[1] -> alive[1] = false; crashed[1] = true }
	:: atomic { condemned[2] && alive[2] -> alive[2] = false; crashed[2] = true }
	/* The vault again, with all that is known (role_start, tell_bound): of
	 * those that have died some may not be reaped. */
	:: atomic { !vault_up && empty(to_supervisor) ->
		life = 1;
		for (w : 0 .. WORKERS - 1) {
			if :: alive[w] -> sees[w] = true :: else -> if :: sees[w] = true :: sees[w] = false fi fi;
			if
			:: sees[w] && bound[w] != NONE -> owner[bound[w]] = w
			:: else
			fi
		}
		w = 0; vault_up = true; peer_vault = true }
	/* drain_begin, whenever; drain_step. */
	:: atomic { phase == RUNNING && vault_up -> phase = DRAIN_FRONT }
	:: atomic { phase == DRAIN_FRONT && !front_up -> phase = DRAIN_WORKERS }
	:: atomic { phase == DRAIN_WORKERS && !alive[0] && !alive[1] && !alive[2] -> break }
	od
}

/* --- front --- */
inline send_waiting(u) {        /* send_waiting, relay_send */
	for (r : 0 .. REQUESTS - 1) {
		if
		:: waiting[r] && USER(r) == u ->
			assert(at[0] == NONE || at[0] == leads[u] || USER(0) != u);   /* ONE */
			assert(at[1] == NONE || at[1] == leads[u] || USER(1) != u);
			waiting[r] = false; at[r] = leads[u];
			to_worker[leads[u]] ! REQ, r
		:: else
		fi
	}
}
inline take_back(u) {           /* the offered one is not needed */
	if :: state[leads[u]] == OFFERED -> state[leads[u]] = BLANK :: else fi;
	leads[u] = NONE
}
inline drop_routes(w) {         /* routes_drop_worker */
	for (u : 0 .. USERS - 1) {
		if :: route[u] == KNOWN && leads[u] == w -> route[u] = NO_ROUTE; leads[u] = NONE :: else fi
	}
}
inline vault_lost() {           /* routes_vault_lost: what became of the offer nobody knows */
	for (u : 0 .. USERS - 1) {
		if
		:: route[u] == ASKING ->
			route[u] = WANTING;
#ifdef BREAK_OFFER
			take_back(u)
#else
			if
			:: state[leads[u]] == OFFERED -> condemned[leads[u]] = true; state[leads[u]] = GONE
			:: else
			fi;
			leads[u] = NONE
#endif
		:: else
		fi
	}
	vault_here = false
}
#define RESET u = 0; w = 0; r = 0

proctype Front()
{
	byte u, w, r;

loop:	do
	/* A client's request (routes_find_worker). */
	:: atomic { !closed && taken < REQUESTS ->
		u = USER(taken); waiting[taken] = true; taken++;
		if
		:: route[u] == KNOWN -> send_waiting(u)
		:: route[u] == NO_ROUTE -> route[u] = WANTING
		:: else
		fi; RESET }
	/* ask, for whoever wants: with any blank worker. */
	:: atomic { vault_here && nfull(to_vault[vault_life]) && (route[0] == WANTING || route[1] == WANTING) &&
	    (state[0] == BLANK || state[1] == BLANK || state[2] == BLANK) ->
		if :: route[0] == WANTING -> u = 0 :: route[1] == WANTING -> u = 1 fi;
		if :: state[0] == BLANK -> w = 0 :: else -> if :: state[1] == BLANK -> w = 1 :: else -> w = 2 fi fi;
		state[w] = OFFERED; leads[u] = w; route[u] = ASKING;
		to_vault[vault_life] ! u, w; RESET }
	/* on_bound: the one offered, or one that the person has already. */
	:: atomic { vault_here && to_front[vault_life] ? [BOUND, _, _] -> to_front[vault_life] ? BOUND, u, w;
		if :: leads[u] != w -> take_back(u) :: else fi;
		if :: state[w] == OFFERED || state[w] == BLANK -> state[w] = AT_WORK :: else fi;
		if
		:: state[w] == AT_WORK -> route[u] = KNOWN; leads[u] = w; send_waiting(u)
		:: else -> route[u] = WANTING; leads[u] = NONE            /* retry */
		fi; RESET }
	:: atomic { vault_here && to_front[vault_life] ? [BUSY, _, _] -> /* on_bind_refused */
		to_front[vault_life] ? BUSY, u, w; take_back(u); route[u] = WANTING; RESET }
	/* The vault is gone; a new one comes, perhaps before that was seen (take_peer). */
	:: atomic { vault_here && !vault_up && vault_life == life && empty(to_front[vault_life]) -> vault_lost(); RESET }
	:: atomic { peer_vault ->
		if :: vault_here -> vault_lost() :: else fi;
		peer_vault = false; vault_life = life; vault_here = true; RESET }
	/* A worker's word, or its end behind all its words. */
	:: atomic { from_worker[0] ? [_, _] -> w = 0; goto word }
	:: atomic { from_worker[1] ? [_, _] -> w = 1; goto word }
	:: atomic { from_worker[2] ? [_, _] -> w = 2; goto word }
	:: atomic { state[0] != GONE && !alive[0] && empty(from_worker[0]) -> w = 0; goto ended }
	:: atomic { state[1] != GONE && !alive[1] && empty(from_worker[1]) -> w = 1; goto ended }
	:: atomic { state[2] != GONE && !alive[2] && empty(from_worker[2]) -> w = 2; goto ended }
	/* Nobody is left to ask with: 503 (too_old, REQUEST_BINDING). */
	:: atomic { state[0] != BLANK && state[1] != BLANK && state[2] != BLANK &&
	    ((route[0] == WANTING && WAITS(0)) || (route[1] == WANTING && WAITS(1))) ->
		if :: route[0] == WANTING -> u = 0 :: route[1] == WANTING -> u = 1 fi;
		for (r : 0 .. REQUESTS - 1) {
			if :: waiting[r] && USER(r) == u -> waiting[r] = false; ANSWER(r) :: else fi
		}
		route[u] = NO_ROUTE; RESET }
	/* front_drain: nobody new any more; then what is under way. */
	:: atomic { phase != RUNNING && !closed -> closed = true }
	:: atomic { closed && !WAITS(0) && !WAITS(1) && at[0] == NONE && at[1] == NONE && at[2] == NONE -> break }
	od;
	for (r : 0 .. REQUESTS - 1) {
		assert(answers[r] == (r < taken -> 1 : 0))                /* ALL */
	}
	front_up = false;
	goto over;
word:	atomic {
		if
		:: from_worker[w] ? RES, r ->                             /* on_res_head, on_res_body */
			if
			:: state[w] == GONE                               /* forgotten: its channel is closed */
			:: else -> assert(at[r] == w && user[w] == USER(r) /* OWN */); ANSWER(r)
			fi
		:: from_worker[w] ? IDLE, _ ->                            /* on_idle */
			if
			:: state[w] == AT_WORK && !OPEN(w) ->
#ifndef BREAK_ROUTE
				drop_routes(w);
				state[w] = RETIRING;
#endif
				to_worker[w] ! RETIRE, 0
			:: else
			fi
		fi; RESET; goto again
	}
ended:	atomic {                                                          /* worker_ended, fail_requests */
		drop_routes(w);
		state[w] = GONE;
		for (r : 0 .. REQUESTS - 1) {
			if :: at[r] == w -> assert(crashed[w] /* CAUSE */); ANSWER(r) :: else fi
		}
		RESET
	}
again:	goto loop;
over:	skip
}

init {
	atomic {
#ifdef TWO
		alive[2] = false; sees[2] = false; state[2] = GONE;       /* a smaller world */
#endif
		run Worker(0); run Worker(1); run Worker(2);
		run Fate(); run Vault(); run Supervisor(); run Front()
	}
}
