	switch (t->back) {
	default: Uerror("bad return move");
	case  0: goto R999; /* nothing to undo */

		 /* PROC :init: */

	case 3: // STATE 1
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 4: // STATE 2
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 5: // STATE 3
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 6: // STATE 5
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC Front */

	case 7: // STATE 4
		;
		now.taken = trpt->bup.ovals[2];
		now.waiting[ Index(now.taken, 3) ] = trpt->bup.ovals[1];
		((P4 *)_this)->u = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 9: // STATE 6
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 11: // STATE 12
		;
		now.at[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[1];
		now.waiting[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 12: // STATE 17
		;
		((P4 *)_this)->r = trpt->bup.oval;
		_m = unsend(now.to_worker[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
		;
		goto R999;

	case 13: // STATE 17
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;

	case 14: // STATE 31
		;
		((P4 *)_this)->r = trpt->bup.ovals[3];
		((P4 *)_this)->w = trpt->bup.ovals[2];
		((P4 *)_this)->u = trpt->bup.ovals[1];
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 15: // STATE 31
		;
		((P4 *)_this)->r = trpt->bup.ovals[2];
		((P4 *)_this)->w = trpt->bup.ovals[1];
		((P4 *)_this)->u = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 17: // STATE 35
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;

	case 18: // STATE 37
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;

	case 19: // STATE 53
		;
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[3];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[2];
		now.state[ Index(((P4 *)_this)->w, 3) ] = trpt->bup.ovals[1];
		((P4 *)_this)->w = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 20: // STATE 53
		;
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[3];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[2];
		now.state[ Index(((P4 *)_this)->w, 3) ] = trpt->bup.ovals[1];
		((P4 *)_this)->w = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 21: // STATE 53
		;
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[3];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[2];
		now.state[ Index(((P4 *)_this)->w, 3) ] = trpt->bup.ovals[1];
		((P4 *)_this)->w = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 22: // STATE 53
		;
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[2];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[1];
		now.state[ Index(((P4 *)_this)->w, 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 23: // STATE 57
		;
		((P4 *)_this)->r = trpt->bup.ovals[2];
		((P4 *)_this)->w = trpt->bup.ovals[1];
		((P4 *)_this)->u = trpt->bup.ovals[0];
		_m = unsend(now.to_vault[ Index(((int)now.vault_life), 2) ]);
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 25: // STATE 60
		;
		XX = 1;
		unrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 0, 2, 1);
		unrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 1, ((int)((P4 *)_this)->u), 0);
		unrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 2, ((int)((P4 *)_this)->w), 0);
		((P4 *)_this)->u = trpt->bup.ovals[0];
		((P4 *)_this)->w = trpt->bup.ovals[1];
		;
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		;
		
	case 27: // STATE 67
		;
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[1];
		now.state[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 28: // STATE 67
		;
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 29: // STATE 73
		;
		now.state[ Index(((P4 *)_this)->w, 3) ] = trpt->bup.oval;
		;
		goto R999;

	case 30: // STATE 79
		;
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[1];
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 31: // STATE 80
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 33: // STATE 86
		;
		now.at[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[1];
		now.waiting[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 34: // STATE 91
		;
		((P4 *)_this)->r = trpt->bup.oval;
		_m = unsend(now.to_worker[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
		;
		goto R999;

	case 35: // STATE 91
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;

	case 36: // STATE 105
		;
		((P4 *)_this)->r = trpt->bup.ovals[4];
		((P4 *)_this)->w = trpt->bup.ovals[3];
		((P4 *)_this)->u = trpt->bup.ovals[2];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[1];
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;

	case 37: // STATE 105
		;
		((P4 *)_this)->r = trpt->bup.ovals[2];
		((P4 *)_this)->w = trpt->bup.ovals[1];
		((P4 *)_this)->u = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 39: // STATE 108
		;
	/* 0 */	((P4 *)_this)->w = trpt->bup.ovals[2];
		XX = 1;
		unrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 0, 1, 1);
		unrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 1, ((int)((P4 *)_this)->u), 0);
		unrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 2, ((int)((P4 *)_this)->w), 0);
		((P4 *)_this)->u = trpt->bup.ovals[0];
		((P4 *)_this)->w = trpt->bup.ovals[1];
		;
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 40: // STATE 119
		;
		((P4 *)_this)->r = trpt->bup.ovals[5];
		((P4 *)_this)->w = trpt->bup.ovals[4];
		((P4 *)_this)->u = trpt->bup.ovals[3];
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[2];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[1];
		now.state[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 6);
		goto R999;

	case 41: // STATE 119
		;
		((P4 *)_this)->r = trpt->bup.ovals[4];
		((P4 *)_this)->w = trpt->bup.ovals[3];
		((P4 *)_this)->u = trpt->bup.ovals[2];
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[1];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;
;
		;
		
	case 43: // STATE 122
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 45: // STATE 125
		;
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 46: // STATE 136
		;
		((P4 *)_this)->u = trpt->bup.ovals[3];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[2];
		now.state[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = trpt->bup.ovals[1];
		now.condemned[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 47: // STATE 136
		;
		((P4 *)_this)->u = trpt->bup.ovals[1];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 48: // STATE 136
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;

	case 49: // STATE 146
		;
		((P4 *)_this)->r = trpt->bup.ovals[3];
		((P4 *)_this)->w = trpt->bup.ovals[2];
		((P4 *)_this)->u = trpt->bup.ovals[1];
		now.vault_here = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;
;
		;
		;
		;
		
	case 52: // STATE 150
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 54: // STATE 153
		;
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 55: // STATE 164
		;
		((P4 *)_this)->u = trpt->bup.ovals[3];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[2];
		now.state[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = trpt->bup.ovals[1];
		now.condemned[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 56: // STATE 164
		;
		((P4 *)_this)->u = trpt->bup.ovals[1];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 57: // STATE 164
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;

	case 58: // STATE 180
		;
		((P4 *)_this)->r = trpt->bup.ovals[6];
		((P4 *)_this)->w = trpt->bup.ovals[5];
		((P4 *)_this)->u = trpt->bup.ovals[4];
		now.vault_here = trpt->bup.ovals[3];
		now.vault_life = trpt->bup.ovals[2];
		now.peer_vault = trpt->bup.ovals[1];
		now.vault_here = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 7);
		goto R999;

	case 59: // STATE 180
		;
		((P4 *)_this)->r = trpt->bup.ovals[5];
		((P4 *)_this)->w = trpt->bup.ovals[4];
		((P4 *)_this)->u = trpt->bup.ovals[3];
		now.vault_here = trpt->bup.ovals[2];
		now.vault_life = trpt->bup.ovals[1];
		now.peer_vault = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 6);
		goto R999;

	case 60: // STATE 183
		;
		((P4 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 61: // STATE 187
		;
		((P4 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 62: // STATE 191
		;
		((P4 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 63: // STATE 195
		;
		((P4 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 64: // STATE 199
		;
		((P4 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 65: // STATE 203
		;
		((P4 *)_this)->w = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 67: // STATE 213
		;
		((P4 *)_this)->r = trpt->bup.ovals[1];
		((P4 *)_this)->u = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 68: // STATE 213
		;
		((P4 *)_this)->r = trpt->bup.ovals[1];
		((P4 *)_this)->u = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 69: // STATE 213
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 71: // STATE 223
		;
		((P4 *)_this)->r = trpt->bup.ovals[3];
		now.at[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[2];
		now.answers[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[1];
		now.waiting[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 72: // STATE 223
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;

	case 73: // STATE 232
		;
		((P4 *)_this)->r = trpt->bup.ovals[3];
		((P4 *)_this)->w = trpt->bup.ovals[2];
		((P4 *)_this)->u = trpt->bup.ovals[1];
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 74: // STATE 235
		;
		now.closed = trpt->bup.oval;
		;
		goto R999;

	case 75: // STATE 243
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;

	case 76: // STATE 243
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;
;
		;
		;
		;
		
	case 79: // STATE 246
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;

	case 80: // STATE 252
		;
		now.front_up = trpt->bup.oval;
		;
		goto R999;

	case 81: // STATE 254
		;
		XX = 1;
		unrecv(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ], XX-1, 0, 5, 1);
		unrecv(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ], XX-1, 1, ((int)((P4 *)_this)->r), 0);
		((P4 *)_this)->r = trpt->bup.oval;
		;
		;
		goto R999;

	case 82: // STATE 289
		;
		((P4 *)_this)->r = trpt->bup.ovals[3];
		((P4 *)_this)->w = trpt->bup.ovals[2];
		((P4 *)_this)->u = trpt->bup.ovals[1];
	/* 0 */	((P4 *)_this)->w = trpt->bup.ovals[0];
		;
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 83: // STATE 289
		;
		((P4 *)_this)->r = trpt->bup.ovals[4];
		((P4 *)_this)->w = trpt->bup.ovals[3];
		((P4 *)_this)->u = trpt->bup.ovals[2];
		now.at[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[1];
		now.answers[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;

	case 84: // STATE 263
		;
		XX = 1;
		unrecv(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ], XX-1, 0, 4, 1);
		unrecv(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ], XX-1, 1, trpt->bup.oval, 0);
		;
		;
		goto R999;
;
		;
		
	case 86: // STATE 265
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 88: // STATE 273
		;
		((P4 *)_this)->u = trpt->bup.ovals[2];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[1];
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 89: // STATE 273
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;

	case 90: // STATE 280
		;
		now.state[ Index(((P4 *)_this)->w, 3) ] = trpt->bup.oval;
		;
		goto R999;

	case 91: // STATE 289
		;
		((P4 *)_this)->r = trpt->bup.ovals[2];
		((P4 *)_this)->w = trpt->bup.ovals[1];
		((P4 *)_this)->u = trpt->bup.ovals[0];
		_m = unsend(now.to_worker[ Index(((int)((P4 *)_this)->w), 3) ]);
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 92: // STATE 289
		;
		((P4 *)_this)->r = trpt->bup.ovals[2];
		((P4 *)_this)->w = trpt->bup.ovals[1];
		((P4 *)_this)->u = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 93: // STATE 292
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 95: // STATE 300
		;
		((P4 *)_this)->u = trpt->bup.ovals[2];
		now.leads[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[1];
		now.route[ Index(((P4 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 96: // STATE 300
		;
		((P4 *)_this)->u = trpt->bup.oval;
		;
		goto R999;

	case 97: // STATE 308
		;
		((P4 *)_this)->r = trpt->bup.ovals[1];
		now.state[ Index(((P4 *)_this)->w, 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		;
		
	case 99: // STATE 318
		;
		((P4 *)_this)->r = trpt->bup.ovals[2];
		now.at[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[1];
		now.answers[ Index(((P4 *)_this)->r, 3) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 100: // STATE 318
		;
		((P4 *)_this)->r = trpt->bup.oval;
		;
		goto R999;

	case 101: // STATE 326
		;
		((P4 *)_this)->r = trpt->bup.ovals[2];
		((P4 *)_this)->w = trpt->bup.ovals[1];
		((P4 *)_this)->u = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 102: // STATE 330
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC Supervisor */

	case 103: // STATE 4
		;
		((P3 *)_this)->u = trpt->bup.ovals[4];
		((P3 *)_this)->w = trpt->bup.ovals[3];
		now.bound[ Index(((P3 *)_this)->w, 3) ] = trpt->bup.ovals[2];
		XX = 1;
		unrecv(now.to_supervisor, XX-1, 0, ((int)((P3 *)_this)->w), 1);
		unrecv(now.to_supervisor, XX-1, 1, ((int)((P3 *)_this)->u), 0);
		((P3 *)_this)->w = trpt->bup.ovals[0];
		((P3 *)_this)->u = trpt->bup.ovals[1];
		;
		;
		ungrab_ints(trpt->bup.ovals, 5);
		goto R999;

	case 104: // STATE 8
		;
		now.crashed[0] = trpt->bup.ovals[1];
		now.alive[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 105: // STATE 12
		;
		now.crashed[1] = trpt->bup.ovals[1];
		now.alive[1] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 106: // STATE 16
		;
		now.crashed[2] = trpt->bup.ovals[1];
		now.alive[2] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 107: // STATE 19
		;
		now.reaped[0] = trpt->bup.oval;
		;
		goto R999;

	case 108: // STATE 22
		;
		now.reaped[1] = trpt->bup.oval;
		;
		goto R999;

	case 109: // STATE 25
		;
		now.reaped[2] = trpt->bup.oval;
		;
		goto R999;

	case 110: // STATE 29
		;
		((P3 *)_this)->w = trpt->bup.ovals[1];
		now.life = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 111: // STATE 31
		;
		now.sees[ Index(((P3 *)_this)->w, 3) ] = trpt->bup.oval;
		;
		goto R999;

	case 112: // STATE 37
		;
		((P3 *)_this)->w = trpt->bup.ovals[1];
		now.owner[ Index(now.bound[ Index(((P3 *)_this)->w, 3) ], 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 113: // STATE 37
		;
		((P3 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 114: // STATE 45
		;
		now.peer_vault = trpt->bup.ovals[2];
		now.vault_up = trpt->bup.ovals[1];
		((P3 *)_this)->w = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 115: // STATE 48
		;
		now.phase = trpt->bup.oval;
		;
		goto R999;

	case 116: // STATE 51
		;
		now.phase = trpt->bup.oval;
		;
		goto R999;
;
		
	case 117: // STATE 53
		goto R999;

	case 118: // STATE 59
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC Vault */
;
		;
		
	case 120: // STATE 2
		;
		XX = 1;
		unrecv(now.to_vault[ Index(((int)now.life), 2) ], XX-1, 0, ((int)((P2 *)_this)->u), 1);
		unrecv(now.to_vault[ Index(((int)now.life), 2) ], XX-1, 1, ((int)((P2 *)_this)->w), 0);
		((P2 *)_this)->u = trpt->bup.ovals[0];
		((P2 *)_this)->w = trpt->bup.ovals[1];
		;
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		;
		
	case 122: // STATE 5
		;
		_m = unsend(now.to_front[ Index(((int)now.life), 2) ]);
		;
		goto R999;
;
		;
		
	case 124: // STATE 8
		;
		_m = unsend(now.to_front[ Index(((int)now.life), 2) ]);
		;
		goto R999;

	case 125: // STATE 12
		;
		now.user[ Index(((P2 *)_this)->w, 3) ] = trpt->bup.ovals[1];
		now.owner[ Index(((P2 *)_this)->u, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		;
		
	case 127: // STATE 19
		;
		_m = unsend(now.to_supervisor);
		;
		goto R999;
;
		;
		
	case 129: // STATE 25
		;
		_m = unsend(now.to_front[ Index(((int)now.life), 2) ]);
		;
		goto R999;

	case 130: // STATE 32
		;
		((P2 *)_this)->w = trpt->bup.ovals[1];
		now.sees[0] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 131: // STATE 37
		;
		((P2 *)_this)->w = trpt->bup.ovals[1];
		now.sees[1] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 132: // STATE 42
		;
		((P2 *)_this)->w = trpt->bup.ovals[1];
		now.sees[2] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		
	case 133: // STATE 45
		goto R999;

	case 134: // STATE 52
		;
		now.owner[0] = trpt->bup.oval;
		;
		goto R999;

	case 135: // STATE 57
		;
		now.owner[1] = trpt->bup.ovals[1];
	/* 0 */	((P2 *)_this)->w = trpt->bup.ovals[0];
		;
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		
	case 136: // STATE 60
		goto R999;

	case 137: // STATE 68
		;
		((P2 *)_this)->w = trpt->bup.ovals[5];
		((P2 *)_this)->u = trpt->bup.ovals[4];
		now.owner[1] = trpt->bup.ovals[3];
		now.owner[0] = trpt->bup.ovals[2];
		now.vault_up = trpt->bup.ovals[1];
		now.vault_crashes = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 6);
		goto R999;

		 /* PROC Fate */

	case 138: // STATE 1
		;
		((P1 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 139: // STATE 3
		;
		((P1 *)_this)->w = trpt->bup.oval;
		;
		goto R999;

	case 140: // STATE 11
		;
		now.alive[ Index(((P1 *)_this)->w, 3) ] = trpt->bup.ovals[2];
		now.crashed[ Index(((P1 *)_this)->w, 3) ] = trpt->bup.ovals[1];
		now.crashes = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 141: // STATE 13
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC Worker */
;
		;
		
	case 143: // STATE 3
		;
		((P0 *)_this)->idle = trpt->bup.ovals[1];
		XX = 1;
		unrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], XX-1, 0, 6, 1);
		unrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], XX-1, 1, ((int)((P0 *)_this)->r), 0);
		((P0 *)_this)->r = trpt->bup.ovals[0];
		;
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		
	case 144: // STATE 5
		goto R999;

	case 145: // STATE 7
		;
		_m = unsend(now.from_worker[ Index(((int)((P0 *)_this)->w), 3) ]);
		;
		goto R999;
;
		;
		
	case 147: // STATE 13
		;
		((P0 *)_this)->idle = trpt->bup.ovals[1];
	/* 0 */	((P0 *)_this)->idle = trpt->bup.ovals[0];
		;
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 148: // STATE 14
		;
		_m = unsend(now.from_worker[ Index(((int)((P0 *)_this)->w), 3) ]);
		;
		goto R999;
;
		;
		
	case 150: // STATE 17
		;
		XX = 1;
		unrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], XX-1, 0, 3, 1);
		unrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], XX-1, 1, trpt->bup.oval, 0);
		;
		;
		goto R999;

	case 151: // STATE 19
		;
		now.alive[ Index(((P0 *)_this)->w, 3) ] = trpt->bup.oval;
		;
		goto R999;

	case 152: // STATE 22
		;
		now.alive[ Index(((P0 *)_this)->w, 3) ] = trpt->bup.oval;
		;
		goto R999;

	case 153: // STATE 25
		;
	/* 0 */	((P0 *)_this)->w = trpt->bup.oval;
		;
		;
		goto R999;

	case 154: // STATE 31
		;
		p_restor(II);
		;
		;
		goto R999;
	}

