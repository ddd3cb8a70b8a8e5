#define rand	pan_rand
#define pthread_equal(a,b)	((a)==(b))
#if defined(HAS_CODE) && defined(VERBOSE)
	#ifdef BFS_PAR
		bfs_printf("Pr: %d Tr: %d\n", II, t->forw);
	#else
		cpu_printf("Pr: %d Tr: %d\n", II, t->forw);
	#endif
#endif
	switch (t->forw) {
	default: Uerror("bad forward move");
	case 0:	/* if without executable clauses */
		continue;
	case 1: /* generic 'goto' or 'skip' */
		IfNotBlocked
		_m = 3; goto P999;
	case 2: /* generic 'else' */
		IfNotBlocked
		if (trpt->o_pm&1) continue;
		_m = 3; goto P999;

		 /* PROC :init: */
	case 3: // STATE 1 - tonearm.pml:318 - [(run Worker(0))] (0:0:0 - 1)
		IfNotBlocked
		reached[5][1] = 1;
		if (!(addproc(II, 1, 0, 0)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 4: // STATE 2 - tonearm.pml:318 - [(run Worker(1))] (0:0:0 - 1)
		IfNotBlocked
		reached[5][2] = 1;
		if (!(addproc(II, 1, 0, 1)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 5: // STATE 3 - tonearm.pml:318 - [(run Worker(2))] (0:0:0 - 1)
		IfNotBlocked
		reached[5][3] = 1;
		if (!(addproc(II, 1, 0, 2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 6: // STATE 5 - tonearm.pml:319 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[5][5] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC Front */
	case 7: // STATE 1 - tonearm.pml:233 - [((!(closed)&&(taken<3)))] (27:0:3 - 1)
		IfNotBlocked
		reached[4][1] = 1;
		if (!(( !(((int)now.closed))&&(((int)now.taken)<3))))
			continue;
		/* merge: u = (taken/2)(27, 2, 27) */
		reached[4][2] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)now.taken)/2);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: waiting[taken] = 1(27, 3, 27) */
		reached[4][3] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.waiting[ Index(((int)now.taken), 3) ]);
		now.waiting[ Index(now.taken, 3) ] = 1;
#ifdef VAR_RANGES
		logval("waiting[taken]", ((int)now.waiting[ Index(((int)now.taken), 3) ]));
#endif
		;
		/* merge: taken = (taken+1)(27, 4, 27) */
		reached[4][4] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.taken);
		now.taken = (((int)now.taken)+1);
#ifdef VAR_RANGES
		logval("taken", ((int)now.taken));
#endif
		;
		_m = 3; goto P999; /* 3 */
	case 8: // STATE 5 - tonearm.pml:236 - [((route[u]==KNOWN))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][5] = 1;
		if (!((now.route[ Index(((int)((P4 *)_this)->u), 2) ]==7)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 9: // STATE 6 - tonearm.pml:186 - [r = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[4][6] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 10: // STATE 7 - tonearm.pml:186 - [((r<=(3-1)))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][7] = 1;
		if (!((((int)((P4 *)_this)->r)<=(3-1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 11: // STATE 8 - tonearm.pml:188 - [((waiting[r]&&((r/2)==u)))] (13:0:2 - 1)
		IfNotBlocked
		reached[4][8] = 1;
		if (!((((int)now.waiting[ Index(((int)((P4 *)_this)->r), 3) ])&&((((int)((P4 *)_this)->r)/2)==((int)((P4 *)_this)->u)))))
			continue;
		/* merge: assert((((at[0]==7)||(at[0]==leads[u]))||((0/2)!=u)))(13, 9, 13) */
		reached[4][9] = 1;
		spin_assert((((((int)now.at[0])==7)||(((int)now.at[0])==((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ])))||((0/2)!=((int)((P4 *)_this)->u))), "(((at[0]==7)||(at[0]==leads[u]))||((0/2)!=u))", II, tt, t);
		/* merge: assert((((at[1]==7)||(at[1]==leads[u]))||((1/2)!=u)))(13, 10, 13) */
		reached[4][10] = 1;
		spin_assert((((((int)now.at[1])==7)||(((int)now.at[1])==((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ])))||((1/2)!=((int)((P4 *)_this)->u))), "(((at[1]==7)||(at[1]==leads[u]))||((1/2)!=u))", II, tt, t);
		/* merge: waiting[r] = 0(13, 11, 13) */
		reached[4][11] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.waiting[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.waiting[ Index(((P4 *)_this)->r, 3) ] = 0;
#ifdef VAR_RANGES
		logval("waiting[Front:r]", ((int)now.waiting[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		/* merge: at[r] = leads[u](13, 12, 13) */
		reached[4][12] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.at[ Index(((P4 *)_this)->r, 3) ] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
#ifdef VAR_RANGES
		logval("at[Front:r]", ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		_m = 3; goto P999; /* 4 */
	case 12: // STATE 13 - tonearm.pml:192 - [to_worker[leads[u]]!REQ,r] (20:0:1 - 1)
		IfNotBlocked
		reached[4][13] = 1;
		if (q_full(now.to_worker[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.to_worker[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
		sprintf(simtmp, "%d", 6); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P4 *)_this)->r)); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.to_worker[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ], 0, 6, ((int)((P4 *)_this)->r), 0, 2);
		/* merge: .(goto)(20, 16, 20) */
		reached[4][16] = 1;
		;
		/* merge: r = (r+1)(20, 17, 20) */
		reached[4][17] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = (((int)((P4 *)_this)->r)+1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 21, 20) */
		reached[4][21] = 1;
		;
		_m = 2; goto P999; /* 3 */
	case 13: // STATE 17 - tonearm.pml:186 - [r = (r+1)] (0:20:1 - 3)
		IfNotBlocked
		reached[4][17] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = (((int)((P4 *)_this)->r)+1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 21, 20) */
		reached[4][21] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 14: // STATE 24 - tonearm.pml:237 - [((route[u]==NO_ROUTE))] (240:0:4 - 1)
		IfNotBlocked
		reached[4][24] = 1;
		if (!((now.route[ Index(((int)((P4 *)_this)->u), 2) ]==10)))
			continue;
		/* merge: route[u] = WANTING(240, 25, 240) */
		reached[4][25] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 9;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		/* merge: .(goto)(240, 28, 240) */
		reached[4][28] = 1;
		;
		/* merge: u = 0(240, 29, 240) */
		reached[4][29] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 30, 240) */
		reached[4][30] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 31, 240) */
		reached[4][31] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 6 */
	case 15: // STATE 29 - tonearm.pml:239 - [u = 0] (0:240:3 - 6)
		IfNotBlocked
		reached[4][29] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 30, 240) */
		reached[4][30] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 31, 240) */
		reached[4][31] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 16: // STATE 33 - tonearm.pml:242 - [((((vault_here&&nfull(to_vault[vault_life]))&&((route[0]==WANTING)||(route[1]==WANTING)))&&(((state[0]==BLANK)||(state[1]==BLANK))||(state[2]==BLANK))))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][33] = 1;
		if (!((((((int)now.vault_here)&&(!q_full(now.to_vault[ Index(((int)now.vault_life), 2) ])))&&((now.route[0]==9)||(now.route[1]==9)))&&(((now.state[0]==15)||(now.state[1]==15))||(now.state[2]==15)))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 17: // STATE 34 - tonearm.pml:243 - [((route[0]==WANTING))] (49:0:1 - 1)
		IfNotBlocked
		reached[4][34] = 1;
		if (!((now.route[0]==9)))
			continue;
		/* merge: u = 0(0, 35, 49) */
		reached[4][35] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 39, 49) */
		reached[4][39] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 18: // STATE 36 - tonearm.pml:243 - [((route[1]==WANTING))] (49:0:1 - 1)
		IfNotBlocked
		reached[4][36] = 1;
		if (!((now.route[1]==9)))
			continue;
		/* merge: u = 1(0, 37, 49) */
		reached[4][37] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 1;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 39, 49) */
		reached[4][39] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 19: // STATE 40 - tonearm.pml:244 - [((state[0]==BLANK))] (54:0:4 - 1)
		IfNotBlocked
		reached[4][40] = 1;
		if (!((now.state[0]==15)))
			continue;
		/* merge: w = 0(54, 41, 54) */
		reached[4][41] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: .(goto)(54, 50, 54) */
		reached[4][50] = 1;
		;
		/* merge: state[w] = OFFERED(54, 51, 54) */
		reached[4][51] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)((P4 *)_this)->w), 3) ];
		now.state[ Index(((P4 *)_this)->w, 3) ] = 14;
#ifdef VAR_RANGES
		logval("state[Front:w]", now.state[ Index(((int)((P4 *)_this)->w), 3) ]);
#endif
		;
		/* merge: leads[u] = w(54, 52, 54) */
		reached[4][52] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = ((int)((P4 *)_this)->w);
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: route[u] = ASKING(54, 53, 54) */
		reached[4][53] = 1;
		(trpt+1)->bup.ovals[3] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 8;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		_m = 3; goto P999; /* 5 */
	case 20: // STATE 43 - tonearm.pml:244 - [((state[1]==BLANK))] (54:0:4 - 1)
		IfNotBlocked
		reached[4][43] = 1;
		if (!((now.state[1]==15)))
			continue;
		/* merge: w = 1(54, 44, 54) */
		reached[4][44] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 1;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: .(goto)(54, 48, 54) */
		reached[4][48] = 1;
		;
		/* merge: .(goto)(54, 50, 54) */
		reached[4][50] = 1;
		;
		/* merge: state[w] = OFFERED(54, 51, 54) */
		reached[4][51] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)((P4 *)_this)->w), 3) ];
		now.state[ Index(((P4 *)_this)->w, 3) ] = 14;
#ifdef VAR_RANGES
		logval("state[Front:w]", now.state[ Index(((int)((P4 *)_this)->w), 3) ]);
#endif
		;
		/* merge: leads[u] = w(54, 52, 54) */
		reached[4][52] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = ((int)((P4 *)_this)->w);
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: route[u] = ASKING(54, 53, 54) */
		reached[4][53] = 1;
		(trpt+1)->bup.ovals[3] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 8;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		_m = 3; goto P999; /* 6 */
	case 21: // STATE 46 - tonearm.pml:244 - [w = 2] (0:54:4 - 1)
		IfNotBlocked
		reached[4][46] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 2;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: .(goto)(54, 48, 54) */
		reached[4][48] = 1;
		;
		/* merge: .(goto)(54, 50, 54) */
		reached[4][50] = 1;
		;
		/* merge: state[w] = OFFERED(54, 51, 54) */
		reached[4][51] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)((P4 *)_this)->w), 3) ];
		now.state[ Index(((P4 *)_this)->w, 3) ] = 14;
#ifdef VAR_RANGES
		logval("state[Front:w]", now.state[ Index(((int)((P4 *)_this)->w), 3) ]);
#endif
		;
		/* merge: leads[u] = w(54, 52, 54) */
		reached[4][52] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = ((int)((P4 *)_this)->w);
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: route[u] = ASKING(54, 53, 54) */
		reached[4][53] = 1;
		(trpt+1)->bup.ovals[3] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 8;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		_m = 3; goto P999; /* 5 */
	case 22: // STATE 51 - tonearm.pml:245 - [state[w] = OFFERED] (0:54:3 - 5)
		IfNotBlocked
		reached[4][51] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.state[ Index(((int)((P4 *)_this)->w), 3) ];
		now.state[ Index(((P4 *)_this)->w, 3) ] = 14;
#ifdef VAR_RANGES
		logval("state[Front:w]", now.state[ Index(((int)((P4 *)_this)->w), 3) ]);
#endif
		;
		/* merge: leads[u] = w(54, 52, 54) */
		reached[4][52] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = ((int)((P4 *)_this)->w);
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: route[u] = ASKING(54, 53, 54) */
		reached[4][53] = 1;
		(trpt+1)->bup.ovals[2] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 8;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		_m = 3; goto P999; /* 2 */
	case 23: // STATE 54 - tonearm.pml:246 - [to_vault[vault_life]!u,w] (240:0:3 - 1)
		IfNotBlocked
		reached[4][54] = 1;
		if (q_full(now.to_vault[ Index(((int)now.vault_life), 2) ]))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.to_vault[ Index(((int)now.vault_life), 2) ]);
		sprintf(simtmp, "%d", ((int)((P4 *)_this)->u)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P4 *)_this)->w)); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.to_vault[ Index(((int)now.vault_life), 2) ], 0, ((int)((P4 *)_this)->u), ((int)((P4 *)_this)->w), 0, 2);
		/* merge: u = 0(240, 55, 240) */
		reached[4][55] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 56, 240) */
		reached[4][56] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 57, 240) */
		reached[4][57] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 2; goto P999; /* 4 */
	case 24: // STATE 59 - tonearm.pml:248 - [((vault_here&&to_front[vault_life]?[BOUND,_,_]))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][59] = 1;
		if (!((((int)now.vault_here)&&(q_len(now.to_front[ Index(((int)now.vault_life), 2) ]) > 0 \
		&& qrecv(now.to_front[ Index(((int)now.vault_life), 2) ], 0, 0, 0) == 2))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 25: // STATE 60 - tonearm.pml:248 - [to_front[vault_life]?BOUND,u,w] (0:0:2 - 1)
		reached[4][60] = 1;
		if (q_len(now.to_front[ Index(((int)now.vault_life), 2) ]) == 0) continue;

		XX=1;
		if (2 != qrecv(now.to_front[ Index(((int)now.vault_life), 2) ], 0, 0, 0)) continue;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->w);
		;
		((P4 *)_this)->u = qrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 1, 0);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		((P4 *)_this)->w = qrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 2, 1);
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.to_front[ Index(((int)now.vault_life), 2) ]);
		sprintf(simtmp, "%d", 2); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P4 *)_this)->u)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P4 *)_this)->w)); strcat(simvals, simtmp);		}
#endif
		;
		_m = 4; goto P999; /* 0 */
	case 26: // STATE 61 - tonearm.pml:249 - [((leads[u]!=w))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][61] = 1;
		if (!((((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ])!=((int)((P4 *)_this)->w))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 27: // STATE 62 - tonearm.pml:198 - [((state[leads[u]]==OFFERED))] (75:0:2 - 1)
		IfNotBlocked
		reached[4][62] = 1;
		if (!((now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]==14)))
			continue;
		/* merge: state[leads[u]] = BLANK(75, 63, 75) */
		reached[4][63] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ];
		now.state[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = 15;
#ifdef VAR_RANGES
		logval("state[leads[Front:u]]", now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
#endif
		;
		/* merge: .(goto)(75, 66, 75) */
		reached[4][66] = 1;
		;
		/* merge: leads[u] = 7(75, 67, 75) */
		reached[4][67] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 71, 75) */
		reached[4][71] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 28: // STATE 67 - tonearm.pml:199 - [leads[u] = 7] (0:75:1 - 3)
		IfNotBlocked
		reached[4][67] = 1;
		(trpt+1)->bup.oval = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 71, 75) */
		reached[4][71] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 29: // STATE 72 - tonearm.pml:250 - [(((state[w]==OFFERED)||(state[w]==BLANK)))] (101:0:1 - 1)
		IfNotBlocked
		reached[4][72] = 1;
		if (!(((now.state[ Index(((int)((P4 *)_this)->w), 3) ]==14)||(now.state[ Index(((int)((P4 *)_this)->w), 3) ]==15))))
			continue;
		/* merge: state[w] = AT_WORK(0, 73, 101) */
		reached[4][73] = 1;
		(trpt+1)->bup.oval = now.state[ Index(((int)((P4 *)_this)->w), 3) ];
		now.state[ Index(((P4 *)_this)->w, 3) ] = 13;
#ifdef VAR_RANGES
		logval("state[Front:w]", now.state[ Index(((int)((P4 *)_this)->w), 3) ]);
#endif
		;
		/* merge: .(goto)(0, 76, 101) */
		reached[4][76] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 30: // STATE 77 - tonearm.pml:252 - [((state[w]==AT_WORK))] (97:0:2 - 1)
		IfNotBlocked
		reached[4][77] = 1;
		if (!((now.state[ Index(((int)((P4 *)_this)->w), 3) ]==13)))
			continue;
		/* merge: route[u] = KNOWN(97, 78, 97) */
		reached[4][78] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		/* merge: leads[u] = w(97, 79, 97) */
		reached[4][79] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = ((int)((P4 *)_this)->w);
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 2 */
	case 31: // STATE 80 - tonearm.pml:186 - [r = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[4][80] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 32: // STATE 81 - tonearm.pml:186 - [((r<=(3-1)))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][81] = 1;
		if (!((((int)((P4 *)_this)->r)<=(3-1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 33: // STATE 82 - tonearm.pml:188 - [((waiting[r]&&((r/2)==u)))] (87:0:2 - 1)
		IfNotBlocked
		reached[4][82] = 1;
		if (!((((int)now.waiting[ Index(((int)((P4 *)_this)->r), 3) ])&&((((int)((P4 *)_this)->r)/2)==((int)((P4 *)_this)->u)))))
			continue;
		/* merge: assert((((at[0]==7)||(at[0]==leads[u]))||((0/2)!=u)))(87, 83, 87) */
		reached[4][83] = 1;
		spin_assert((((((int)now.at[0])==7)||(((int)now.at[0])==((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ])))||((0/2)!=((int)((P4 *)_this)->u))), "(((at[0]==7)||(at[0]==leads[u]))||((0/2)!=u))", II, tt, t);
		/* merge: assert((((at[1]==7)||(at[1]==leads[u]))||((1/2)!=u)))(87, 84, 87) */
		reached[4][84] = 1;
		spin_assert((((((int)now.at[1])==7)||(((int)now.at[1])==((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ])))||((1/2)!=((int)((P4 *)_this)->u))), "(((at[1]==7)||(at[1]==leads[u]))||((1/2)!=u))", II, tt, t);
		/* merge: waiting[r] = 0(87, 85, 87) */
		reached[4][85] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.waiting[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.waiting[ Index(((P4 *)_this)->r, 3) ] = 0;
#ifdef VAR_RANGES
		logval("waiting[Front:r]", ((int)now.waiting[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		/* merge: at[r] = leads[u](87, 86, 87) */
		reached[4][86] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.at[ Index(((P4 *)_this)->r, 3) ] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
#ifdef VAR_RANGES
		logval("at[Front:r]", ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		_m = 3; goto P999; /* 4 */
	case 34: // STATE 87 - tonearm.pml:192 - [to_worker[leads[u]]!REQ,r] (94:0:1 - 1)
		IfNotBlocked
		reached[4][87] = 1;
		if (q_full(now.to_worker[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.to_worker[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
		sprintf(simtmp, "%d", 6); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P4 *)_this)->r)); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.to_worker[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ], 0, 6, ((int)((P4 *)_this)->r), 0, 2);
		/* merge: .(goto)(94, 90, 94) */
		reached[4][90] = 1;
		;
		/* merge: r = (r+1)(94, 91, 94) */
		reached[4][91] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = (((int)((P4 *)_this)->r)+1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 95, 94) */
		reached[4][95] = 1;
		;
		_m = 2; goto P999; /* 3 */
	case 35: // STATE 91 - tonearm.pml:186 - [r = (r+1)] (0:94:1 - 3)
		IfNotBlocked
		reached[4][91] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = (((int)((P4 *)_this)->r)+1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 95, 94) */
		reached[4][95] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 36: // STATE 99 - tonearm.pml:253 - [route[u] = WANTING] (0:240:5 - 1)
		IfNotBlocked
		reached[4][99] = 1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 9;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		/* merge: leads[u] = 7(240, 100, 240) */
		reached[4][100] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: .(goto)(240, 102, 240) */
		reached[4][102] = 1;
		;
		/* merge: u = 0(240, 103, 240) */
		reached[4][103] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 104, 240) */
		reached[4][104] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 105, 240) */
		reached[4][105] = 1;
		(trpt+1)->bup.ovals[4] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 6 */
	case 37: // STATE 103 - tonearm.pml:254 - [u = 0] (0:240:3 - 5)
		IfNotBlocked
		reached[4][103] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 104, 240) */
		reached[4][104] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 105, 240) */
		reached[4][105] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 38: // STATE 107 - tonearm.pml:255 - [((vault_here&&to_front[vault_life]?[BUSY,_,_]))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][107] = 1;
		if (!((((int)now.vault_here)&&(q_len(now.to_front[ Index(((int)now.vault_life), 2) ]) > 0 \
		&& qrecv(now.to_front[ Index(((int)now.vault_life), 2) ], 0, 0, 0) == 1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 39: // STATE 108 - tonearm.pml:256 - [to_front[vault_life]?BUSY,u,w] (0:0:3 - 1)
		reached[4][108] = 1;
		if (q_len(now.to_front[ Index(((int)now.vault_life), 2) ]) == 0) continue;

		XX=1;
		if (1 != qrecv(now.to_front[ Index(((int)now.vault_life), 2) ], 0, 0, 0)) continue;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->w);
		;
		((P4 *)_this)->u = qrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 1, 0);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		((P4 *)_this)->w = qrecv(now.to_front[ Index(((int)now.vault_life), 2) ], XX-1, 2, 1);
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.to_front[ Index(((int)now.vault_life), 2) ]);
		sprintf(simtmp, "%d", 1); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P4 *)_this)->u)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P4 *)_this)->w)); strcat(simvals, simtmp);		}
#endif
		;
		if (TstOnly) return 1; /* TT */
		/* dead 2: w */  (trpt+1)->bup.ovals[2] = ((P4 *)_this)->w;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P4 *)_this)->w = 0;
		_m = 4; goto P999; /* 0 */
	case 40: // STATE 109 - tonearm.pml:198 - [((state[leads[u]]==OFFERED))] (240:0:6 - 1)
		IfNotBlocked
		reached[4][109] = 1;
		if (!((now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]==14)))
			continue;
		/* merge: state[leads[u]] = BLANK(240, 110, 240) */
		reached[4][110] = 1;
		(trpt+1)->bup.ovals = grab_ints(6);
		(trpt+1)->bup.ovals[0] = now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ];
		now.state[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = 15;
#ifdef VAR_RANGES
		logval("state[leads[Front:u]]", now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
#endif
		;
		/* merge: .(goto)(240, 113, 240) */
		reached[4][113] = 1;
		;
		/* merge: leads[u] = 7(240, 114, 240) */
		reached[4][114] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: route[u] = WANTING(240, 116, 240) */
		reached[4][116] = 1;
		(trpt+1)->bup.ovals[2] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 9;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		/* merge: u = 0(240, 117, 240) */
		reached[4][117] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 118, 240) */
		reached[4][118] = 1;
		(trpt+1)->bup.ovals[4] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 119, 240) */
		reached[4][119] = 1;
		(trpt+1)->bup.ovals[5] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 8 */
	case 41: // STATE 114 - tonearm.pml:199 - [leads[u] = 7] (0:240:5 - 3)
		IfNotBlocked
		reached[4][114] = 1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: route[u] = WANTING(240, 116, 240) */
		reached[4][116] = 1;
		(trpt+1)->bup.ovals[1] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 9;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		/* merge: u = 0(240, 117, 240) */
		reached[4][117] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 118, 240) */
		reached[4][118] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 119, 240) */
		reached[4][119] = 1;
		(trpt+1)->bup.ovals[4] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 42: // STATE 121 - tonearm.pml:258 - [((((vault_here&&!(vault_up))&&(vault_life==life))&&empty(to_front[vault_life])))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][121] = 1;
		if (!((((((int)now.vault_here)&& !(((int)now.vault_up)))&&(((int)now.vault_life)==((int)now.life)))&&(q_len(now.to_front[ Index(((int)now.vault_life), 2) ])==0))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 43: // STATE 122 - tonearm.pml:207 - [u = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[4][122] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 44: // STATE 123 - tonearm.pml:207 - [((u<=(2-1)))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][123] = 1;
		if (!((((int)((P4 *)_this)->u)<=(2-1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 45: // STATE 124 - tonearm.pml:209 - [((route[u]==ASKING))] (130:0:1 - 1)
		IfNotBlocked
		reached[4][124] = 1;
		if (!((now.route[ Index(((int)((P4 *)_this)->u), 2) ]==8)))
			continue;
		/* merge: route[u] = WANTING(0, 125, 130) */
		reached[4][125] = 1;
		(trpt+1)->bup.oval = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 9;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 46: // STATE 126 - tonearm.pml:215 - [((state[leads[u]]==OFFERED))] (139:0:4 - 1)
		IfNotBlocked
		reached[4][126] = 1;
		if (!((now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]==14)))
			continue;
		/* merge: condemned[leads[u]] = 1(139, 127, 139) */
		reached[4][127] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.condemned[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
		now.condemned[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = 1;
#ifdef VAR_RANGES
		logval("condemned[leads[Front:u]]", ((int)now.condemned[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]));
#endif
		;
		/* merge: state[leads[u]] = GONE(139, 128, 139) */
		reached[4][128] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ];
		now.state[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = 11;
#ifdef VAR_RANGES
		logval("state[leads[Front:u]]", now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
#endif
		;
		/* merge: .(goto)(139, 131, 139) */
		reached[4][131] = 1;
		;
		/* merge: leads[u] = 7(139, 132, 139) */
		reached[4][132] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: .(goto)(139, 135, 139) */
		reached[4][135] = 1;
		;
		/* merge: u = (u+1)(139, 136, 139) */
		reached[4][136] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 140, 139) */
		reached[4][140] = 1;
		;
		_m = 3; goto P999; /* 7 */
	case 47: // STATE 132 - tonearm.pml:218 - [leads[u] = 7] (0:139:2 - 3)
		IfNotBlocked
		reached[4][132] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: .(goto)(139, 135, 139) */
		reached[4][135] = 1;
		;
		/* merge: u = (u+1)(139, 136, 139) */
		reached[4][136] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 140, 139) */
		reached[4][140] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 48: // STATE 136 - tonearm.pml:207 - [u = (u+1)] (0:139:1 - 3)
		IfNotBlocked
		reached[4][136] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 140, 139) */
		reached[4][140] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 49: // STATE 142 - tonearm.pml:223 - [vault_here = 0] (0:240:4 - 3)
		IfNotBlocked
		reached[4][142] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.vault_here);
		now.vault_here = 0;
#ifdef VAR_RANGES
		logval("vault_here", ((int)now.vault_here));
#endif
		;
		/* merge: u = 0(240, 144, 240) */
		reached[4][144] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 145, 240) */
		reached[4][145] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 146, 240) */
		reached[4][146] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 50: // STATE 148 - tonearm.pml:259 - [(peer_vault)] (0:0:0 - 1)
		IfNotBlocked
		reached[4][148] = 1;
		if (!(((int)now.peer_vault)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 51: // STATE 149 - tonearm.pml:260 - [(vault_here)] (0:0:0 - 1)
		IfNotBlocked
		reached[4][149] = 1;
		if (!(((int)now.vault_here)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 52: // STATE 150 - tonearm.pml:207 - [u = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[4][150] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 53: // STATE 151 - tonearm.pml:207 - [((u<=(2-1)))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][151] = 1;
		if (!((((int)((P4 *)_this)->u)<=(2-1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 54: // STATE 152 - tonearm.pml:209 - [((route[u]==ASKING))] (158:0:1 - 1)
		IfNotBlocked
		reached[4][152] = 1;
		if (!((now.route[ Index(((int)((P4 *)_this)->u), 2) ]==8)))
			continue;
		/* merge: route[u] = WANTING(0, 153, 158) */
		reached[4][153] = 1;
		(trpt+1)->bup.oval = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 9;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 55: // STATE 154 - tonearm.pml:215 - [((state[leads[u]]==OFFERED))] (167:0:4 - 1)
		IfNotBlocked
		reached[4][154] = 1;
		if (!((now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]==14)))
			continue;
		/* merge: condemned[leads[u]] = 1(167, 155, 167) */
		reached[4][155] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.condemned[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
		now.condemned[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = 1;
#ifdef VAR_RANGES
		logval("condemned[leads[Front:u]]", ((int)now.condemned[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]));
#endif
		;
		/* merge: state[leads[u]] = GONE(167, 156, 167) */
		reached[4][156] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ];
		now.state[ Index(now.leads[ Index(((P4 *)_this)->u, 2) ], 3) ] = 11;
#ifdef VAR_RANGES
		logval("state[leads[Front:u]]", now.state[ Index(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]), 3) ]);
#endif
		;
		/* merge: .(goto)(167, 159, 167) */
		reached[4][159] = 1;
		;
		/* merge: leads[u] = 7(167, 160, 167) */
		reached[4][160] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: .(goto)(167, 163, 167) */
		reached[4][163] = 1;
		;
		/* merge: u = (u+1)(167, 164, 167) */
		reached[4][164] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 168, 167) */
		reached[4][168] = 1;
		;
		_m = 3; goto P999; /* 7 */
	case 56: // STATE 160 - tonearm.pml:218 - [leads[u] = 7] (0:167:2 - 3)
		IfNotBlocked
		reached[4][160] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: .(goto)(167, 163, 167) */
		reached[4][163] = 1;
		;
		/* merge: u = (u+1)(167, 164, 167) */
		reached[4][164] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 168, 167) */
		reached[4][168] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 57: // STATE 164 - tonearm.pml:207 - [u = (u+1)] (0:167:1 - 3)
		IfNotBlocked
		reached[4][164] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 168, 167) */
		reached[4][168] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 58: // STATE 170 - tonearm.pml:223 - [vault_here = 0] (0:240:7 - 3)
		IfNotBlocked
		reached[4][170] = 1;
		(trpt+1)->bup.ovals = grab_ints(7);
		(trpt+1)->bup.ovals[0] = ((int)now.vault_here);
		now.vault_here = 0;
#ifdef VAR_RANGES
		logval("vault_here", ((int)now.vault_here));
#endif
		;
		/* merge: .(goto)(240, 174, 240) */
		reached[4][174] = 1;
		;
		/* merge: peer_vault = 0(240, 175, 240) */
		reached[4][175] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.peer_vault);
		now.peer_vault = 0;
#ifdef VAR_RANGES
		logval("peer_vault", ((int)now.peer_vault));
#endif
		;
		/* merge: vault_life = life(240, 176, 240) */
		reached[4][176] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.vault_life);
		now.vault_life = ((int)now.life);
#ifdef VAR_RANGES
		logval("vault_life", ((int)now.vault_life));
#endif
		;
		/* merge: vault_here = 1(240, 177, 240) */
		reached[4][177] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.vault_here);
		now.vault_here = 1;
#ifdef VAR_RANGES
		logval("vault_here", ((int)now.vault_here));
#endif
		;
		/* merge: u = 0(240, 178, 240) */
		reached[4][178] = 1;
		(trpt+1)->bup.ovals[4] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 179, 240) */
		reached[4][179] = 1;
		(trpt+1)->bup.ovals[5] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 180, 240) */
		reached[4][180] = 1;
		(trpt+1)->bup.ovals[6] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 8 */
	case 59: // STATE 175 - tonearm.pml:261 - [peer_vault = 0] (0:240:6 - 3)
		IfNotBlocked
		reached[4][175] = 1;
		(trpt+1)->bup.ovals = grab_ints(6);
		(trpt+1)->bup.ovals[0] = ((int)now.peer_vault);
		now.peer_vault = 0;
#ifdef VAR_RANGES
		logval("peer_vault", ((int)now.peer_vault));
#endif
		;
		/* merge: vault_life = life(240, 176, 240) */
		reached[4][176] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.vault_life);
		now.vault_life = ((int)now.life);
#ifdef VAR_RANGES
		logval("vault_life", ((int)now.vault_life));
#endif
		;
		/* merge: vault_here = 1(240, 177, 240) */
		reached[4][177] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.vault_here);
		now.vault_here = 1;
#ifdef VAR_RANGES
		logval("vault_here", ((int)now.vault_here));
#endif
		;
		/* merge: u = 0(240, 178, 240) */
		reached[4][178] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 179, 240) */
		reached[4][179] = 1;
		(trpt+1)->bup.ovals[4] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 180, 240) */
		reached[4][180] = 1;
		(trpt+1)->bup.ovals[5] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 6 */
	case 60: // STATE 182 - tonearm.pml:263 - [(from_worker[0]?[_,_])] (291:0:1 - 1)
		IfNotBlocked
		reached[4][182] = 1;
		if (!((q_len(now.from_worker[0]) > 0)))
			continue;
		/* merge: w = 0(291, 183, 291) */
		reached[4][183] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: goto word(291, 184, 291) */
		reached[4][184] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 61: // STATE 186 - tonearm.pml:264 - [(from_worker[1]?[_,_])] (291:0:1 - 1)
		IfNotBlocked
		reached[4][186] = 1;
		if (!((q_len(now.from_worker[1]) > 0)))
			continue;
		/* merge: w = 1(291, 187, 291) */
		reached[4][187] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 1;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: goto word(291, 188, 291) */
		reached[4][188] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 62: // STATE 190 - tonearm.pml:265 - [(from_worker[2]?[_,_])] (291:0:1 - 1)
		IfNotBlocked
		reached[4][190] = 1;
		if (!((q_len(now.from_worker[2]) > 0)))
			continue;
		/* merge: w = 2(291, 191, 291) */
		reached[4][191] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 2;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: goto word(291, 192, 291) */
		reached[4][192] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 63: // STATE 194 - tonearm.pml:266 - [((((state[0]!=GONE)&&!(alive[0]))&&empty(from_worker[0])))] (327:0:1 - 1)
		IfNotBlocked
		reached[4][194] = 1;
		if (!((((now.state[0]!=11)&& !(((int)now.alive[0])))&&(q_len(now.from_worker[0])==0))))
			continue;
		/* merge: w = 0(327, 195, 327) */
		reached[4][195] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: goto ended(327, 196, 327) */
		reached[4][196] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 64: // STATE 198 - tonearm.pml:267 - [((((state[1]!=GONE)&&!(alive[1]))&&empty(from_worker[1])))] (327:0:1 - 1)
		IfNotBlocked
		reached[4][198] = 1;
		if (!((((now.state[1]!=11)&& !(((int)now.alive[1])))&&(q_len(now.from_worker[1])==0))))
			continue;
		/* merge: w = 1(327, 199, 327) */
		reached[4][199] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 1;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: goto ended(327, 200, 327) */
		reached[4][200] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 65: // STATE 202 - tonearm.pml:268 - [((((state[2]!=GONE)&&!(alive[2]))&&empty(from_worker[2])))] (327:0:1 - 1)
		IfNotBlocked
		reached[4][202] = 1;
		if (!((((now.state[2]!=11)&& !(((int)now.alive[2])))&&(q_len(now.from_worker[2])==0))))
			continue;
		/* merge: w = 2(327, 203, 327) */
		reached[4][203] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 2;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: goto ended(327, 204, 327) */
		reached[4][204] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 66: // STATE 206 - tonearm.pml:271 - [(((((state[0]!=BLANK)&&(state[1]!=BLANK))&&(state[2]!=BLANK))&&(((route[0]==WANTING)&&(((0==0)&&(waiting[0]||waiting[1]))||((0==1)&&waiting[2])))||((route[1]==WANTING)&&(((1==0)&&(waiting[0]||waiting[1]))||((1==1)&&waiting[2]))))))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][206] = 1;
		if (!(((((now.state[0]!=15)&&(now.state[1]!=15))&&(now.state[2]!=15))&&(((now.route[0]==9)&&(((0==0)&&(((int)now.waiting[0])||((int)now.waiting[1])))||((0==1)&&((int)now.waiting[2]))))||((now.route[1]==9)&&(((1==0)&&(((int)now.waiting[0])||((int)now.waiting[1])))||((1==1)&&((int)now.waiting[2]))))))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 67: // STATE 207 - tonearm.pml:272 - [((route[0]==WANTING))] (226:0:2 - 1)
		IfNotBlocked
		reached[4][207] = 1;
		if (!((now.route[0]==9)))
			continue;
		/* merge: u = 0(226, 208, 226) */
		reached[4][208] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(226, 212, 226) */
		reached[4][212] = 1;
		;
		/* merge: r = 0(226, 213, 226) */
		reached[4][213] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 227, 226) */
		reached[4][227] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 68: // STATE 209 - tonearm.pml:272 - [((route[1]==WANTING))] (226:0:2 - 1)
		IfNotBlocked
		reached[4][209] = 1;
		if (!((now.route[1]==9)))
			continue;
		/* merge: u = 1(226, 210, 226) */
		reached[4][210] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 1;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(226, 212, 226) */
		reached[4][212] = 1;
		;
		/* merge: r = 0(226, 213, 226) */
		reached[4][213] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 227, 226) */
		reached[4][227] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 69: // STATE 213 - tonearm.pml:273 - [r = 0] (0:226:1 - 3)
		IfNotBlocked
		reached[4][213] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 227, 226) */
		reached[4][227] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 70: // STATE 214 - tonearm.pml:273 - [((r<=(3-1)))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][214] = 1;
		if (!((((int)((P4 *)_this)->r)<=(3-1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 71: // STATE 215 - tonearm.pml:274 - [((waiting[r]&&((r/2)==u)))] (226:0:4 - 1)
		IfNotBlocked
		reached[4][215] = 1;
		if (!((((int)now.waiting[ Index(((int)((P4 *)_this)->r), 3) ])&&((((int)((P4 *)_this)->r)/2)==((int)((P4 *)_this)->u)))))
			continue;
		/* merge: waiting[r] = 0(226, 216, 226) */
		reached[4][216] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.waiting[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.waiting[ Index(((P4 *)_this)->r, 3) ] = 0;
#ifdef VAR_RANGES
		logval("waiting[Front:r]", ((int)now.waiting[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		/* merge: answers[r] = (answers[r]+1)(226, 217, 226) */
		reached[4][217] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.answers[ Index(((P4 *)_this)->r, 3) ] = (((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ])+1);
#ifdef VAR_RANGES
		logval("answers[Front:r]", ((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		/* merge: assert((answers[r]==1))(226, 218, 226) */
		reached[4][218] = 1;
		spin_assert((((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ])==1), "(answers[r]==1)", II, tt, t);
		/* merge: at[r] = 7(226, 219, 226) */
		reached[4][219] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.at[ Index(((P4 *)_this)->r, 3) ] = 7;
#ifdef VAR_RANGES
		logval("at[Front:r]", ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		/* merge: .(goto)(226, 222, 226) */
		reached[4][222] = 1;
		;
		/* merge: r = (r+1)(226, 223, 226) */
		reached[4][223] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = (((int)((P4 *)_this)->r)+1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 227, 226) */
		reached[4][227] = 1;
		;
		_m = 3; goto P999; /* 7 */
	case 72: // STATE 223 - tonearm.pml:273 - [r = (r+1)] (0:226:1 - 3)
		IfNotBlocked
		reached[4][223] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = (((int)((P4 *)_this)->r)+1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 227, 226) */
		reached[4][227] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 73: // STATE 229 - tonearm.pml:276 - [route[u] = NO_ROUTE] (0:240:4 - 3)
		IfNotBlocked
		reached[4][229] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 10;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		/* merge: u = 0(240, 230, 240) */
		reached[4][230] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 231, 240) */
		reached[4][231] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 232, 240) */
		reached[4][232] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 74: // STATE 234 - tonearm.pml:278 - [(((phase!=RUNNING)&&!(closed)))] (240:0:1 - 1)
		IfNotBlocked
		reached[4][234] = 1;
		if (!(((now.phase!=18)&& !(((int)now.closed)))))
			continue;
		/* merge: closed = 1(0, 235, 240) */
		reached[4][235] = 1;
		(trpt+1)->bup.oval = ((int)now.closed);
		now.closed = 1;
#ifdef VAR_RANGES
		logval("closed", ((int)now.closed));
#endif
		;
		/* merge: .(goto)(0, 241, 240) */
		reached[4][241] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 75: // STATE 237 - tonearm.pml:279 - [((((((closed&&!((((0==0)&&(waiting[0]||waiting[1]))||((0==1)&&waiting[2]))))&&!((((1==0)&&(waiting[0]||waiting[1]))||((1==1)&&waiting[2]))))&&(at[0]==7))&&(at[1]==7))&&(at[2]==7)))] (249:0:1 - 1)
		IfNotBlocked
		reached[4][237] = 1;
		if (!((((((((int)now.closed)&& !((((0==0)&&(((int)now.waiting[0])||((int)now.waiting[1])))||((0==1)&&((int)now.waiting[2])))))&& !((((1==0)&&(((int)now.waiting[0])||((int)now.waiting[1])))||((1==1)&&((int)now.waiting[2])))))&&(((int)now.at[0])==7))&&(((int)now.at[1])==7))&&(((int)now.at[2])==7))))
			continue;
		/* merge: goto :b5(249, 238, 249) */
		reached[4][238] = 1;
		;
		/* merge: r = 0(249, 243, 249) */
		reached[4][243] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 250, 249) */
		reached[4][250] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 76: // STATE 243 - tonearm.pml:281 - [r = 0] (0:249:1 - 2)
		IfNotBlocked
		reached[4][243] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 250, 249) */
		reached[4][250] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 77: // STATE 244 - tonearm.pml:281 - [((r<=(3-1)))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][244] = 1;
		if (!((((int)((P4 *)_this)->r)<=(3-1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 78: // STATE 245 - tonearm.pml:282 - [assert((answers[r]==( ((r<taken)) -> (1) : (0) )))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][245] = 1;
		spin_assert((((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ])==( ((((int)((P4 *)_this)->r)<((int)now.taken))) ? (1) : (0) )), "(answers[r]==( ((r<taken)) ? (1) : (0) ))", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 79: // STATE 246 - tonearm.pml:281 - [r = (r+1)] (0:0:1 - 1)
		IfNotBlocked
		reached[4][246] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = (((int)((P4 *)_this)->r)+1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 80: // STATE 252 - tonearm.pml:284 - [front_up = 0] (0:0:1 - 3)
		IfNotBlocked
		reached[4][252] = 1;
		(trpt+1)->bup.oval = ((int)now.front_up);
		now.front_up = 0;
#ifdef VAR_RANGES
		logval("front_up", ((int)now.front_up));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 81: // STATE 254 - tonearm.pml:288 - [from_worker[w]?RES,r] (0:0:1 - 1)
		reached[4][254] = 1;
		if (q_len(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ]) == 0) continue;

		XX=1;
		if (5 != qrecv(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ], 0, 0, 0)) continue;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		;
		((P4 *)_this)->r = qrecv(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ], XX-1, 1, 1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ]);
		sprintf(simtmp, "%d", 5); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P4 *)_this)->r)); strcat(simvals, simtmp);		}
#endif
		;
		_m = 4; goto P999; /* 0 */
	case 82: // STATE 255 - tonearm.pml:290 - [((state[w]==GONE))] (240:0:4 - 1)
		IfNotBlocked
		reached[4][255] = 1;
		if (!((now.state[ Index(((int)((P4 *)_this)->w), 3) ]==11)))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: w */  (trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((P4 *)_this)->w;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P4 *)_this)->w = 0;
		/* merge: .(goto)(240, 262, 240) */
		reached[4][262] = 1;
		;
		/* merge: .(goto)(240, 286, 240) */
		reached[4][286] = 1;
		;
		/* merge: u = 0(240, 287, 240) */
		reached[4][287] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 288, 240) */
		reached[4][288] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 289, 240) */
		reached[4][289] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: goto again(240, 290, 240) */
		reached[4][290] = 1;
		;
		_m = 3; goto P999; /* 6 */
	case 83: // STATE 257 - tonearm.pml:291 - [assert(((at[r]==w)&&(user[w]==(r/2))))] (0:240:5 - 1)
		IfNotBlocked
		reached[4][257] = 1;
		spin_assert(((((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ])==((int)((P4 *)_this)->w))&&(((int)now.user[ Index(((int)((P4 *)_this)->w), 3) ])==(((int)((P4 *)_this)->r)/2))), "((at[r]==w)&&(user[w]==(r/2)))", II, tt, t);
		/* merge: answers[r] = (answers[r]+1)(240, 258, 240) */
		reached[4][258] = 1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = ((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.answers[ Index(((P4 *)_this)->r, 3) ] = (((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ])+1);
#ifdef VAR_RANGES
		logval("answers[Front:r]", ((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		/* merge: assert((answers[r]==1))(240, 259, 240) */
		reached[4][259] = 1;
		spin_assert((((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ])==1), "(answers[r]==1)", II, tt, t);
		/* merge: at[r] = 7(240, 260, 240) */
		reached[4][260] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.at[ Index(((P4 *)_this)->r, 3) ] = 7;
#ifdef VAR_RANGES
		logval("at[Front:r]", ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		/* merge: .(goto)(240, 262, 240) */
		reached[4][262] = 1;
		;
		/* merge: .(goto)(240, 286, 240) */
		reached[4][286] = 1;
		;
		/* merge: u = 0(240, 287, 240) */
		reached[4][287] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 288, 240) */
		reached[4][288] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 289, 240) */
		reached[4][289] = 1;
		(trpt+1)->bup.ovals[4] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: goto again(240, 290, 240) */
		reached[4][290] = 1;
		;
		_m = 3; goto P999; /* 9 */
	case 84: // STATE 263 - tonearm.pml:293 - [from_worker[w]?IDLE,_] (0:0:1 - 1)
		reached[4][263] = 1;
		if (q_len(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ]) == 0) continue;

		XX=1;
		if (4 != qrecv(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ], 0, 0, 0)) continue;
		(trpt+1)->bup.oval = qrecv(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ], XX-1, 1, 0);
		;
		qrecv(now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ], XX-1, 1, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.from_worker[ Index(((int)((P4 *)_this)->w), 3) ]);
		sprintf(simtmp, "%d", 4); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
		_m = 4; goto P999; /* 0 */
	case 85: // STATE 264 - tonearm.pml:295 - [(((state[w]==AT_WORK)&&!((((at[0]==w)||(at[1]==w))||(at[2]==w)))))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][264] = 1;
		if (!(((now.state[ Index(((int)((P4 *)_this)->w), 3) ]==13)&& !((((((int)now.at[0])==((int)((P4 *)_this)->w))||(((int)now.at[1])==((int)((P4 *)_this)->w)))||(((int)now.at[2])==((int)((P4 *)_this)->w)))))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 86: // STATE 265 - tonearm.pml:202 - [u = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[4][265] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 87: // STATE 266 - tonearm.pml:202 - [((u<=(2-1)))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][266] = 1;
		if (!((((int)((P4 *)_this)->u)<=(2-1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 88: // STATE 267 - tonearm.pml:203 - [(((route[u]==KNOWN)&&(leads[u]==w)))] (276:0:3 - 1)
		IfNotBlocked
		reached[4][267] = 1;
		if (!(((now.route[ Index(((int)((P4 *)_this)->u), 2) ]==7)&&(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ])==((int)((P4 *)_this)->w)))))
			continue;
		/* merge: route[u] = NO_ROUTE(276, 268, 276) */
		reached[4][268] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 10;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		/* merge: leads[u] = 7(276, 269, 276) */
		reached[4][269] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: .(goto)(276, 272, 276) */
		reached[4][272] = 1;
		;
		/* merge: u = (u+1)(276, 273, 276) */
		reached[4][273] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 277, 276) */
		reached[4][277] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 89: // STATE 273 - tonearm.pml:202 - [u = (u+1)] (0:276:1 - 3)
		IfNotBlocked
		reached[4][273] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 277, 276) */
		reached[4][277] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 90: // STATE 280 - tonearm.pml:298 - [state[w] = RETIRING] (0:281:1 - 3)
		IfNotBlocked
		reached[4][280] = 1;
		(trpt+1)->bup.oval = now.state[ Index(((int)((P4 *)_this)->w), 3) ];
		now.state[ Index(((P4 *)_this)->w, 3) ] = 12;
#ifdef VAR_RANGES
		logval("state[Front:w]", now.state[ Index(((int)((P4 *)_this)->w), 3) ]);
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 91: // STATE 281 - tonearm.pml:300 - [to_worker[w]!RETIRE,0] (240:0:3 - 1)
		IfNotBlocked
		reached[4][281] = 1;
		if (q_full(now.to_worker[ Index(((int)((P4 *)_this)->w), 3) ]))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.to_worker[ Index(((int)((P4 *)_this)->w), 3) ]);
		sprintf(simtmp, "%d", 3); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", 0); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.to_worker[ Index(((int)((P4 *)_this)->w), 3) ], 0, 3, 0, 0, 2);
		/* merge: .(goto)(240, 284, 240) */
		reached[4][284] = 1;
		;
		/* merge: .(goto)(240, 286, 240) */
		reached[4][286] = 1;
		;
		/* merge: u = 0(240, 287, 240) */
		reached[4][287] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 288, 240) */
		reached[4][288] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 289, 240) */
		reached[4][289] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: goto again(240, 290, 240) */
		reached[4][290] = 1;
		;
		_m = 2; goto P999; /* 6 */
	case 92: // STATE 287 - tonearm.pml:303 - [u = 0] (0:240:3 - 7)
		IfNotBlocked
		reached[4][287] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 288, 240) */
		reached[4][288] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 289, 240) */
		reached[4][289] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: goto again(240, 290, 240) */
		reached[4][290] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 93: // STATE 292 - tonearm.pml:202 - [u = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[4][292] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 94: // STATE 293 - tonearm.pml:202 - [((u<=(2-1)))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][293] = 1;
		if (!((((int)((P4 *)_this)->u)<=(2-1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 95: // STATE 294 - tonearm.pml:203 - [(((route[u]==KNOWN)&&(leads[u]==w)))] (303:0:3 - 1)
		IfNotBlocked
		reached[4][294] = 1;
		if (!(((now.route[ Index(((int)((P4 *)_this)->u), 2) ]==7)&&(((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ])==((int)((P4 *)_this)->w)))))
			continue;
		/* merge: route[u] = NO_ROUTE(303, 295, 303) */
		reached[4][295] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.route[ Index(((int)((P4 *)_this)->u), 2) ];
		now.route[ Index(((P4 *)_this)->u, 2) ] = 10;
#ifdef VAR_RANGES
		logval("route[Front:u]", now.route[ Index(((int)((P4 *)_this)->u), 2) ]);
#endif
		;
		/* merge: leads[u] = 7(303, 296, 303) */
		reached[4][296] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]);
		now.leads[ Index(((P4 *)_this)->u, 2) ] = 7;
#ifdef VAR_RANGES
		logval("leads[Front:u]", ((int)now.leads[ Index(((int)((P4 *)_this)->u), 2) ]));
#endif
		;
		/* merge: .(goto)(303, 299, 303) */
		reached[4][299] = 1;
		;
		/* merge: u = (u+1)(303, 300, 303) */
		reached[4][300] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 304, 303) */
		reached[4][304] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 96: // STATE 300 - tonearm.pml:202 - [u = (u+1)] (0:303:1 - 3)
		IfNotBlocked
		reached[4][300] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = (((int)((P4 *)_this)->u)+1);
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 304, 303) */
		reached[4][304] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 97: // STATE 307 - tonearm.pml:307 - [state[w] = GONE] (0:321:2 - 3)
		IfNotBlocked
		reached[4][307] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = now.state[ Index(((int)((P4 *)_this)->w), 3) ];
		now.state[ Index(((P4 *)_this)->w, 3) ] = 11;
#ifdef VAR_RANGES
		logval("state[Front:w]", now.state[ Index(((int)((P4 *)_this)->w), 3) ]);
#endif
		;
		/* merge: r = 0(321, 308, 321) */
		reached[4][308] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 322, 321) */
		reached[4][322] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 98: // STATE 309 - tonearm.pml:308 - [((r<=(3-1)))] (0:0:0 - 1)
		IfNotBlocked
		reached[4][309] = 1;
		if (!((((int)((P4 *)_this)->r)<=(3-1))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 99: // STATE 310 - tonearm.pml:309 - [((at[r]==w))] (321:0:3 - 1)
		IfNotBlocked
		reached[4][310] = 1;
		if (!((((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ])==((int)((P4 *)_this)->w))))
			continue;
		/* merge: assert(crashed[w])(321, 311, 321) */
		reached[4][311] = 1;
		spin_assert(((int)now.crashed[ Index(((int)((P4 *)_this)->w), 3) ]), "crashed[w]", II, tt, t);
		/* merge: answers[r] = (answers[r]+1)(321, 312, 321) */
		reached[4][312] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.answers[ Index(((P4 *)_this)->r, 3) ] = (((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ])+1);
#ifdef VAR_RANGES
		logval("answers[Front:r]", ((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		/* merge: assert((answers[r]==1))(321, 313, 321) */
		reached[4][313] = 1;
		spin_assert((((int)now.answers[ Index(((int)((P4 *)_this)->r), 3) ])==1), "(answers[r]==1)", II, tt, t);
		/* merge: at[r] = 7(321, 314, 321) */
		reached[4][314] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]);
		now.at[ Index(((P4 *)_this)->r, 3) ] = 7;
#ifdef VAR_RANGES
		logval("at[Front:r]", ((int)now.at[ Index(((int)((P4 *)_this)->r), 3) ]));
#endif
		;
		/* merge: .(goto)(321, 317, 321) */
		reached[4][317] = 1;
		;
		/* merge: r = (r+1)(321, 318, 321) */
		reached[4][318] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = (((int)((P4 *)_this)->r)+1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 322, 321) */
		reached[4][322] = 1;
		;
		_m = 3; goto P999; /* 7 */
	case 100: // STATE 318 - tonearm.pml:308 - [r = (r+1)] (0:321:1 - 3)
		IfNotBlocked
		reached[4][318] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = (((int)((P4 *)_this)->r)+1);
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* merge: .(goto)(0, 322, 321) */
		reached[4][322] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 101: // STATE 324 - tonearm.pml:311 - [u = 0
		// bad hop tonearm.pml:313 -- at 328, <goto loop> looking for 240 -- merge 0:0:0 ] (0:240:3 - 3)
		IfNotBlocked
		reached[4][324] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P4 *)_this)->u);
		((P4 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Front:u", ((int)((P4 *)_this)->u));
#endif
		;
		/* merge: w = 0(240, 325, 240) */
		reached[4][325] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P4 *)_this)->w);
		((P4 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Front:w", ((int)((P4 *)_this)->w));
#endif
		;
		/* merge: r = 0(240, 326, 240) */
		reached[4][326] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P4 *)_this)->r);
		((P4 *)_this)->r = 0;
#ifdef VAR_RANGES
		logval("Front:r", ((int)((P4 *)_this)->r));
#endif
		;
		/* stop at bad hop 328, 240 */
		_m = 3; goto P999; /* 2 */
	case 102: // STATE 330 - tonearm.pml:315 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[4][330] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC Supervisor */
	case 103: // STATE 1 - tonearm.pml:159 - [to_supervisor?w,u] (56:0:5 - 1)
		reached[3][1] = 1;
		if (q_len(now.to_supervisor) == 0) continue;

		XX=1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = ((int)((P3 *)_this)->w);
		(trpt+1)->bup.ovals[1] = ((int)((P3 *)_this)->u);
		;
		((P3 *)_this)->w = qrecv(now.to_supervisor, XX-1, 0, 0);
#ifdef VAR_RANGES
		logval("Supervisor:w", ((int)((P3 *)_this)->w));
#endif
		;
		((P3 *)_this)->u = qrecv(now.to_supervisor, XX-1, 1, 1);
#ifdef VAR_RANGES
		logval("Supervisor:u", ((int)((P3 *)_this)->u));
#endif
		;
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.to_supervisor);
		sprintf(simtmp, "%d", ((int)((P3 *)_this)->w)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P3 *)_this)->u)); strcat(simvals, simtmp);		}
#endif
		;
		/* merge: bound[w] = u(56, 2, 56) */
		reached[3][2] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.bound[ Index(((int)((P3 *)_this)->w), 3) ]);
		now.bound[ Index(((P3 *)_this)->w, 3) ] = ((int)((P3 *)_this)->u);
#ifdef VAR_RANGES
		logval("bound[Supervisor:w]", ((int)now.bound[ Index(((int)((P3 *)_this)->w), 3) ]));
#endif
		;
		/* merge: w = 0(56, 3, 56) */
		reached[3][3] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P3 *)_this)->w);
		((P3 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Supervisor:w", ((int)((P3 *)_this)->w));
#endif
		;
		/* merge: u = 0(56, 4, 56) */
		reached[3][4] = 1;
		(trpt+1)->bup.ovals[4] = ((int)((P3 *)_this)->u);
		((P3 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Supervisor:u", ((int)((P3 *)_this)->u));
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 4; goto P999; /* 4 */
	case 104: // STATE 6 - tonearm.pml:160 - [((condemned[0]&&alive[0]))] (56:0:2 - 1)
		IfNotBlocked
		reached[3][6] = 1;
		if (!((((int)now.condemned[0])&&((int)now.alive[0]))))
			continue;
		/* merge: alive[0] = 0(56, 7, 56) */
		reached[3][7] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.alive[0]);
		now.alive[0] = 0;
#ifdef VAR_RANGES
		logval("alive[0]", ((int)now.alive[0]));
#endif
		;
		/* merge: crashed[0] = 1(56, 8, 56) */
		reached[3][8] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.crashed[0]);
		now.crashed[0] = 1;
#ifdef VAR_RANGES
		logval("crashed[0]", ((int)now.crashed[0]));
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 105: // STATE 10 - tonearm.pml:161 - [((condemned[1]&&alive[1]))] (56:0:2 - 1)
		IfNotBlocked
		reached[3][10] = 1;
		if (!((((int)now.condemned[1])&&((int)now.alive[1]))))
			continue;
		/* merge: alive[1] = 0(56, 11, 56) */
		reached[3][11] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.alive[1]);
		now.alive[1] = 0;
#ifdef VAR_RANGES
		logval("alive[1]", ((int)now.alive[1]));
#endif
		;
		/* merge: crashed[1] = 1(56, 12, 56) */
		reached[3][12] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.crashed[1]);
		now.crashed[1] = 1;
#ifdef VAR_RANGES
		logval("crashed[1]", ((int)now.crashed[1]));
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 106: // STATE 14 - tonearm.pml:162 - [((condemned[2]&&alive[2]))] (56:0:2 - 1)
		IfNotBlocked
		reached[3][14] = 1;
		if (!((((int)now.condemned[2])&&((int)now.alive[2]))))
			continue;
		/* merge: alive[2] = 0(56, 15, 56) */
		reached[3][15] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.alive[2]);
		now.alive[2] = 0;
#ifdef VAR_RANGES
		logval("alive[2]", ((int)now.alive[2]));
#endif
		;
		/* merge: crashed[2] = 1(56, 16, 56) */
		reached[3][16] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.crashed[2]);
		now.crashed[2] = 1;
#ifdef VAR_RANGES
		logval("crashed[2]", ((int)now.crashed[2]));
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 107: // STATE 18 - tonearm.pml:163 - [((!(alive[0])&&!(reaped[0])))] (56:0:1 - 1)
		IfNotBlocked
		reached[3][18] = 1;
		if (!(( !(((int)now.alive[0]))&& !(((int)now.reaped[0])))))
			continue;
		/* merge: reaped[0] = 1(0, 19, 56) */
		reached[3][19] = 1;
		(trpt+1)->bup.oval = ((int)now.reaped[0]);
		now.reaped[0] = 1;
#ifdef VAR_RANGES
		logval("reaped[0]", ((int)now.reaped[0]));
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 108: // STATE 21 - tonearm.pml:164 - [((!(alive[1])&&!(reaped[1])))] (56:0:1 - 1)
		IfNotBlocked
		reached[3][21] = 1;
		if (!(( !(((int)now.alive[1]))&& !(((int)now.reaped[1])))))
			continue;
		/* merge: reaped[1] = 1(0, 22, 56) */
		reached[3][22] = 1;
		(trpt+1)->bup.oval = ((int)now.reaped[1]);
		now.reaped[1] = 1;
#ifdef VAR_RANGES
		logval("reaped[1]", ((int)now.reaped[1]));
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 109: // STATE 24 - tonearm.pml:165 - [((!(alive[2])&&!(reaped[2])))] (56:0:1 - 1)
		IfNotBlocked
		reached[3][24] = 1;
		if (!(( !(((int)now.alive[2]))&& !(((int)now.reaped[2])))))
			continue;
		/* merge: reaped[2] = 1(0, 25, 56) */
		reached[3][25] = 1;
		(trpt+1)->bup.oval = ((int)now.reaped[2]);
		now.reaped[2] = 1;
#ifdef VAR_RANGES
		logval("reaped[2]", ((int)now.reaped[2]));
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 110: // STATE 27 - tonearm.pml:167 - [((!(vault_up)&&empty(to_supervisor)))] (40:0:2 - 1)
		IfNotBlocked
		reached[3][27] = 1;
		if (!(( !(((int)now.vault_up))&&(q_len(now.to_supervisor)==0))))
			continue;
		/* merge: life = 1(40, 28, 40) */
		reached[3][28] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.life);
		now.life = 1;
#ifdef VAR_RANGES
		logval("life", ((int)now.life));
#endif
		;
		/* merge: w = 0(40, 29, 40) */
		reached[3][29] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P3 *)_this)->w);
		((P3 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Supervisor:w", ((int)((P3 *)_this)->w));
#endif
		;
		/* merge: .(goto)(0, 41, 40) */
		reached[3][41] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 111: // STATE 30 - tonearm.pml:169 - [((w<=(3-1)))] (35:0:1 - 1)
		IfNotBlocked
		reached[3][30] = 1;
		if (!((((int)((P3 *)_this)->w)<=(3-1))))
			continue;
		/* merge: sees[w] = !(reaped[w])(0, 31, 35) */
		reached[3][31] = 1;
		(trpt+1)->bup.oval = ((int)now.sees[ Index(((int)((P3 *)_this)->w), 3) ]);
		now.sees[ Index(((P3 *)_this)->w, 3) ] =  !(((int)now.reaped[ Index(((int)((P3 *)_this)->w), 3) ]));
#ifdef VAR_RANGES
		logval("sees[Supervisor:w]", ((int)now.sees[ Index(((int)((P3 *)_this)->w), 3) ]));
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 112: // STATE 32 - tonearm.pml:172 - [((!(reaped[w])&&(bound[w]!=7)))] (40:0:2 - 1)
		IfNotBlocked
		reached[3][32] = 1;
		if (!(( !(((int)now.reaped[ Index(((int)((P3 *)_this)->w), 3) ]))&&(((int)now.bound[ Index(((int)((P3 *)_this)->w), 3) ])!=7))))
			continue;
		/* merge: owner[bound[w]] = w(40, 33, 40) */
		reached[3][33] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[ Index(((int)now.bound[ Index(((int)((P3 *)_this)->w), 3) ]), 2) ]);
		now.owner[ Index(now.bound[ Index(((P3 *)_this)->w, 3) ], 2) ] = ((int)((P3 *)_this)->w);
#ifdef VAR_RANGES
		logval("owner[bound[Supervisor:w]]", ((int)now.owner[ Index(((int)now.bound[ Index(((int)((P3 *)_this)->w), 3) ]), 2) ]));
#endif
		;
		/* merge: .(goto)(40, 36, 40) */
		reached[3][36] = 1;
		;
		/* merge: w = (w+1)(40, 37, 40) */
		reached[3][37] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P3 *)_this)->w);
		((P3 *)_this)->w = (((int)((P3 *)_this)->w)+1);
#ifdef VAR_RANGES
		logval("Supervisor:w", ((int)((P3 *)_this)->w));
#endif
		;
		/* merge: .(goto)(0, 41, 40) */
		reached[3][41] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 113: // STATE 37 - tonearm.pml:169 - [w = (w+1)] (0:40:1 - 3)
		IfNotBlocked
		reached[3][37] = 1;
		(trpt+1)->bup.oval = ((int)((P3 *)_this)->w);
		((P3 *)_this)->w = (((int)((P3 *)_this)->w)+1);
#ifdef VAR_RANGES
		logval("Supervisor:w", ((int)((P3 *)_this)->w));
#endif
		;
		/* merge: .(goto)(0, 41, 40) */
		reached[3][41] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 114: // STATE 43 - tonearm.pml:176 - [w = 0] (0:56:3 - 3)
		IfNotBlocked
		reached[3][43] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P3 *)_this)->w);
		((P3 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Supervisor:w", ((int)((P3 *)_this)->w));
#endif
		;
		/* merge: vault_up = 1(56, 44, 56) */
		reached[3][44] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.vault_up);
		now.vault_up = 1;
#ifdef VAR_RANGES
		logval("vault_up", ((int)now.vault_up));
#endif
		;
		/* merge: peer_vault = 1(56, 45, 56) */
		reached[3][45] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.peer_vault);
		now.peer_vault = 1;
#ifdef VAR_RANGES
		logval("peer_vault", ((int)now.peer_vault));
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 115: // STATE 47 - tonearm.pml:178 - [(((phase==RUNNING)&&vault_up))] (56:0:1 - 1)
		IfNotBlocked
		reached[3][47] = 1;
		if (!(((now.phase==18)&&((int)now.vault_up))))
			continue;
		/* merge: phase = DRAIN_FRONT(0, 48, 56) */
		reached[3][48] = 1;
		(trpt+1)->bup.oval = now.phase;
		now.phase = 17;
#ifdef VAR_RANGES
		logval("phase", now.phase);
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 116: // STATE 50 - tonearm.pml:179 - [(((phase==DRAIN_FRONT)&&!(front_up)))] (56:0:1 - 1)
		IfNotBlocked
		reached[3][50] = 1;
		if (!(((now.phase==17)&& !(((int)now.front_up)))))
			continue;
		/* merge: phase = DRAIN_WORKERS(0, 51, 56) */
		reached[3][51] = 1;
		(trpt+1)->bup.oval = now.phase;
		now.phase = 16;
#ifdef VAR_RANGES
		logval("phase", now.phase);
#endif
		;
		/* merge: .(goto)(0, 57, 56) */
		reached[3][57] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 117: // STATE 53 - tonearm.pml:180 - [(((((phase==DRAIN_WORKERS)&&!(alive[0]))&&!(alive[1]))&&!(alive[2])))] (59:0:0 - 1)
		IfNotBlocked
		reached[3][53] = 1;
		if (!(((((now.phase==16)&& !(((int)now.alive[0])))&& !(((int)now.alive[1])))&& !(((int)now.alive[2])))))
			continue;
		/* merge: goto :b3(0, 54, 59) */
		reached[3][54] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 118: // STATE 59 - tonearm.pml:182 - [-end-] (0:0:0 - 2)
		IfNotBlocked
		reached[3][59] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC Vault */
	case 119: // STATE 1 - tonearm.pml:118 - [((vault_up&&to_vault[life]?[_,_]))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][1] = 1;
		if (!((((int)now.vault_up)&&(q_len(now.to_vault[ Index(((int)now.life), 2) ]) > 0))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 120: // STATE 2 - tonearm.pml:118 - [to_vault[life]?u,w] (0:0:2 - 1)
		reached[2][2] = 1;
		if (q_len(now.to_vault[ Index(((int)now.life), 2) ]) == 0) continue;

		XX=1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)((P2 *)_this)->u);
		(trpt+1)->bup.ovals[1] = ((int)((P2 *)_this)->w);
		;
		((P2 *)_this)->u = qrecv(now.to_vault[ Index(((int)now.life), 2) ], XX-1, 0, 0);
#ifdef VAR_RANGES
		logval("Vault:u", ((int)((P2 *)_this)->u));
#endif
		;
		((P2 *)_this)->w = qrecv(now.to_vault[ Index(((int)now.life), 2) ], XX-1, 1, 1);
#ifdef VAR_RANGES
		logval("Vault:w", ((int)((P2 *)_this)->w));
#endif
		;
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.to_vault[ Index(((int)now.life), 2) ]);
		sprintf(simtmp, "%d", ((int)((P2 *)_this)->u)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P2 *)_this)->w)); strcat(simvals, simtmp);		}
#endif
		;
		_m = 4; goto P999; /* 0 */
	case 121: // STATE 4 - tonearm.pml:120 - [(((owner[u]!=7)&&1))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][4] = 1;
		if (!(((((int)now.owner[ Index(((int)((P2 *)_this)->u), 2) ])!=7)&&1)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 122: // STATE 5 - tonearm.pml:120 - [to_front[life]!BOUND,u,owner[u]] (0:0:0 - 1)
		IfNotBlocked
		reached[2][5] = 1;
		if (q_full(now.to_front[ Index(((int)now.life), 2) ]))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.to_front[ Index(((int)now.life), 2) ]);
		sprintf(simtmp, "%d", 2); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P2 *)_this)->u)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)now.owner[ Index(((int)((P2 *)_this)->u), 2) ])); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.to_front[ Index(((int)now.life), 2) ], 0, 2, ((int)((P2 *)_this)->u), ((int)now.owner[ Index(((int)((P2 *)_this)->u), 2) ]), 3);
		_m = 2; goto P999; /* 0 */
	case 123: // STATE 7 - tonearm.pml:123 - [(((!(sees[w])||(owner[0]==w))||(owner[1]==w)))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][7] = 1;
		if (!((( !(((int)now.sees[ Index(((int)((P2 *)_this)->w), 3) ]))||(((int)now.owner[0])==((int)((P2 *)_this)->w)))||(((int)now.owner[1])==((int)((P2 *)_this)->w)))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 124: // STATE 8 - tonearm.pml:123 - [to_front[life]!BUSY,u,w] (0:0:0 - 1)
		IfNotBlocked
		reached[2][8] = 1;
		if (q_full(now.to_front[ Index(((int)now.life), 2) ]))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.to_front[ Index(((int)now.life), 2) ]);
		sprintf(simtmp, "%d", 1); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P2 *)_this)->u)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P2 *)_this)->w)); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.to_front[ Index(((int)now.life), 2) ], 0, 1, ((int)((P2 *)_this)->u), ((int)((P2 *)_this)->w), 3);
		_m = 2; goto P999; /* 0 */
	case 125: // STATE 10 - tonearm.pml:126 - [assert(((!(((((0!=w)&&alive[0])&&!(condemned[0]))&&(user[0]==u)))&&!(((((1!=w)&&alive[1])&&!(condemned[1]))&&(user[1]==u))))&&!(((((2!=w)&&alive[2])&&!(condemned[2]))&&(user[2]==u)))))] (0:17:2 - 1)
		IfNotBlocked
		reached[2][10] = 1;
		spin_assert((( !(((((0!=((int)((P2 *)_this)->w))&&((int)now.alive[0]))&& !(((int)now.condemned[0])))&&(((int)now.user[0])==((int)((P2 *)_this)->u))))&& !(((((1!=((int)((P2 *)_this)->w))&&((int)now.alive[1]))&& !(((int)now.condemned[1])))&&(((int)now.user[1])==((int)((P2 *)_this)->u)))))&& !(((((2!=((int)((P2 *)_this)->w))&&((int)now.alive[2]))&& !(((int)now.condemned[2])))&&(((int)now.user[2])==((int)((P2 *)_this)->u))))), "(( !(((((0!=w)&&alive[0])&& !(condemned[0]))&&(user[0]==u)))&& !(((((1!=w)&&alive[1])&& !(condemned[1]))&&(user[1]==u))))&& !(((((2!=w)&&alive[2])&& !(condemned[2]))&&(user[2]==u))))", II, tt, t);
		/* merge: owner[u] = w(17, 11, 17) */
		reached[2][11] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[ Index(((int)((P2 *)_this)->u), 2) ]);
		now.owner[ Index(((P2 *)_this)->u, 2) ] = ((int)((P2 *)_this)->w);
#ifdef VAR_RANGES
		logval("owner[Vault:u]", ((int)now.owner[ Index(((int)((P2 *)_this)->u), 2) ]));
#endif
		;
		/* merge: user[w] = u(17, 12, 17) */
		reached[2][12] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.user[ Index(((int)((P2 *)_this)->w), 3) ]);
		now.user[ Index(((P2 *)_this)->w, 3) ] = ((int)((P2 *)_this)->u);
#ifdef VAR_RANGES
		logval("user[Vault:w]", ((int)now.user[ Index(((int)((P2 *)_this)->w), 3) ]));
#endif
		;
		_m = 3; goto P999; /* 2 */
	case 126: // STATE 14 - tonearm.pml:129 - [(((vault_crashes>0)&&(phase==RUNNING)))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][14] = 1;
		if (!(((((int)now.vault_crashes)>0)&&(now.phase==18))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 127: // STATE 19 - tonearm.pml:130 - [to_supervisor!w,u] (0:0:0 - 2)
		IfNotBlocked
		reached[2][19] = 1;
		if (q_full(now.to_supervisor))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.to_supervisor);
		sprintf(simtmp, "%d", ((int)((P2 *)_this)->w)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P2 *)_this)->u)); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.to_supervisor, 0, ((int)((P2 *)_this)->w), ((int)((P2 *)_this)->u), 0, 2);
		_m = 2; goto P999; /* 0 */
	case 128: // STATE 20 - tonearm.pml:131 - [(((vault_crashes>0)&&(phase==RUNNING)))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][20] = 1;
		if (!(((((int)now.vault_crashes)>0)&&(now.phase==18))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 129: // STATE 25 - tonearm.pml:132 - [to_front[life]!BOUND,u,w] (0:0:0 - 2)
		IfNotBlocked
		reached[2][25] = 1;
		if (q_full(now.to_front[ Index(((int)now.life), 2) ]))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.to_front[ Index(((int)now.life), 2) ]);
		sprintf(simtmp, "%d", 2); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P2 *)_this)->u)); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P2 *)_this)->w)); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.to_front[ Index(((int)now.life), 2) ], 0, 2, ((int)((P2 *)_this)->u), ((int)((P2 *)_this)->w), 3);
		_m = 2; goto P999; /* 0 */
	case 130: // STATE 30 - tonearm.pml:136 - [(((vault_up&&sees[0])&&!(alive[0])))] (62:0:2 - 1)
		IfNotBlocked
		reached[2][30] = 1;
		if (!(((((int)now.vault_up)&&((int)now.sees[0]))&& !(((int)now.alive[0])))))
			continue;
		/* merge: sees[0] = 0(62, 31, 62) */
		reached[2][31] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.sees[0]);
		now.sees[0] = 0;
#ifdef VAR_RANGES
		logval("sees[0]", ((int)now.sees[0]));
#endif
		;
		/* merge: w = 0(62, 32, 62) */
		reached[2][32] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P2 *)_this)->w);
		((P2 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Vault:w", ((int)((P2 *)_this)->w));
#endif
		;
		/* merge: goto free(62, 33, 62) */
		reached[2][33] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 131: // STATE 35 - tonearm.pml:137 - [(((vault_up&&sees[1])&&!(alive[1])))] (62:0:2 - 1)
		IfNotBlocked
		reached[2][35] = 1;
		if (!(((((int)now.vault_up)&&((int)now.sees[1]))&& !(((int)now.alive[1])))))
			continue;
		/* merge: sees[1] = 0(62, 36, 62) */
		reached[2][36] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.sees[1]);
		now.sees[1] = 0;
#ifdef VAR_RANGES
		logval("sees[1]", ((int)now.sees[1]));
#endif
		;
		/* merge: w = 1(62, 37, 62) */
		reached[2][37] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P2 *)_this)->w);
		((P2 *)_this)->w = 1;
#ifdef VAR_RANGES
		logval("Vault:w", ((int)((P2 *)_this)->w));
#endif
		;
		/* merge: goto free(62, 38, 62) */
		reached[2][38] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 132: // STATE 40 - tonearm.pml:138 - [(((vault_up&&sees[2])&&!(alive[2])))] (62:0:2 - 1)
		IfNotBlocked
		reached[2][40] = 1;
		if (!(((((int)now.vault_up)&&((int)now.sees[2]))&& !(((int)now.alive[2])))))
			continue;
		/* merge: sees[2] = 0(62, 41, 62) */
		reached[2][41] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.sees[2]);
		now.sees[2] = 0;
#ifdef VAR_RANGES
		logval("sees[2]", ((int)now.sees[2]));
#endif
		;
		/* merge: w = 2(62, 42, 62) */
		reached[2][42] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P2 *)_this)->w);
		((P2 *)_this)->w = 2;
#ifdef VAR_RANGES
		logval("Vault:w", ((int)((P2 *)_this)->w));
#endif
		;
		/* merge: goto free(62, 43, 62) */
		reached[2][43] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 133: // STATE 45 - tonearm.pml:139 - [(((vault_up&&(vault_crashes>0))&&(phase==RUNNING)))] (70:0:0 - 1)
		IfNotBlocked
		reached[2][45] = 1;
		if (!(((((int)now.vault_up)&&(((int)now.vault_crashes)>0))&&(now.phase==18))))
			continue;
		/* merge: goto dies(0, 46, 70) */
		reached[2][46] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 134: // STATE 51 - tonearm.pml:142 - [((owner[0]==w))] (59:0:1 - 1)
		IfNotBlocked
		reached[2][51] = 1;
		if (!((((int)now.owner[0])==((int)((P2 *)_this)->w))))
			continue;
		/* merge: owner[0] = 7(0, 52, 59) */
		reached[2][52] = 1;
		(trpt+1)->bup.oval = ((int)now.owner[0]);
		now.owner[0] = 7;
#ifdef VAR_RANGES
		logval("owner[0]", ((int)now.owner[0]));
#endif
		;
		/* merge: .(goto)(0, 55, 59) */
		reached[2][55] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 135: // STATE 56 - tonearm.pml:143 - [((owner[1]==w))] (48:0:2 - 1)
		IfNotBlocked
		reached[2][56] = 1;
		if (!((((int)now.owner[1])==((int)((P2 *)_this)->w))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: w */  (trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((P2 *)_this)->w;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P2 *)_this)->w = 0;
		/* merge: owner[1] = 7(48, 57, 48) */
		reached[2][57] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.owner[1]);
		now.owner[1] = 7;
#ifdef VAR_RANGES
		logval("owner[1]", ((int)now.owner[1]));
#endif
		;
		/* merge: .(goto)(48, 60, 48) */
		reached[2][60] = 1;
		;
		/* merge: goto end(48, 61, 48) */
		reached[2][61] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 136: // STATE 60 - tonearm.pml:144 - [.(goto)] (0:48:0 - 2)
		IfNotBlocked
		reached[2][60] = 1;
		;
		/* merge: goto end(48, 61, 48) */
		reached[2][61] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 137: // STATE 63 - tonearm.pml:147 - [vault_crashes = (vault_crashes-1)] (0:48:6 - 1)
		IfNotBlocked
		reached[2][63] = 1;
		(trpt+1)->bup.ovals = grab_ints(6);
		(trpt+1)->bup.ovals[0] = ((int)now.vault_crashes);
		now.vault_crashes = (((int)now.vault_crashes)-1);
#ifdef VAR_RANGES
		logval("vault_crashes", ((int)now.vault_crashes));
#endif
		;
		/* merge: vault_up = 0(48, 64, 48) */
		reached[2][64] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.vault_up);
		now.vault_up = 0;
#ifdef VAR_RANGES
		logval("vault_up", ((int)now.vault_up));
#endif
		;
		/* merge: owner[0] = 7(48, 65, 48) */
		reached[2][65] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.owner[0]);
		now.owner[0] = 7;
#ifdef VAR_RANGES
		logval("owner[0]", ((int)now.owner[0]));
#endif
		;
		/* merge: owner[1] = 7(48, 66, 48) */
		reached[2][66] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.owner[1]);
		now.owner[1] = 7;
#ifdef VAR_RANGES
		logval("owner[1]", ((int)now.owner[1]));
#endif
		;
		/* merge: u = 0(48, 67, 48) */
		reached[2][67] = 1;
		(trpt+1)->bup.ovals[4] = ((int)((P2 *)_this)->u);
		((P2 *)_this)->u = 0;
#ifdef VAR_RANGES
		logval("Vault:u", ((int)((P2 *)_this)->u));
#endif
		;
		/* merge: w = 0(48, 68, 48) */
		reached[2][68] = 1;
		(trpt+1)->bup.ovals[5] = ((int)((P2 *)_this)->w);
		((P2 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Vault:w", ((int)((P2 *)_this)->w));
#endif
		;
		/* merge: goto end(48, 69, 48) */
		reached[2][69] = 1;
		;
		_m = 3; goto P999; /* 6 */

		 /* PROC Fate */
	case 138: // STATE 1 - tonearm.pml:101 - [w = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[1][1] = 1;
		(trpt+1)->bup.oval = ((int)((P1 *)_this)->w);
		((P1 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("Fate:w", ((int)((P1 *)_this)->w));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 139: // STATE 2 - tonearm.pml:101 - [((w<(3-1)))] (5:0:1 - 1)
		IfNotBlocked
		reached[1][2] = 1;
		if (!((((int)((P1 *)_this)->w)<(3-1))))
			continue;
		/* merge: w = (w+1)(0, 3, 5) */
		reached[1][3] = 1;
		(trpt+1)->bup.oval = ((int)((P1 *)_this)->w);
		((P1 *)_this)->w = (((int)((P1 *)_this)->w)+1);
#ifdef VAR_RANGES
		logval("Fate:w", ((int)((P1 *)_this)->w));
#endif
		;
		/* merge: .(goto)(0, 6, 5) */
		reached[1][6] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 140: // STATE 8 - tonearm.pml:102 - [(((crashes>0)&&alive[w]))] (13:0:3 - 1)
		IfNotBlocked
		reached[1][8] = 1;
		if (!(((((int)now.crashes)>0)&&((int)now.alive[ Index(((int)((P1 *)_this)->w), 3) ]))))
			continue;
		/* merge: crashes = (crashes-1)(13, 9, 13) */
		reached[1][9] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.crashes);
		now.crashes = (((int)now.crashes)-1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: crashed[w] = 1(13, 10, 13) */
		reached[1][10] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.crashed[ Index(((int)((P1 *)_this)->w), 3) ]);
		now.crashed[ Index(((P1 *)_this)->w, 3) ] = 1;
#ifdef VAR_RANGES
		logval("crashed[Fate:w]", ((int)now.crashed[ Index(((int)((P1 *)_this)->w), 3) ]));
#endif
		;
		/* merge: alive[w] = 0(13, 11, 13) */
		reached[1][11] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.alive[ Index(((int)((P1 *)_this)->w), 3) ]);
		now.alive[ Index(((P1 *)_this)->w, 3) ] = 0;
#ifdef VAR_RANGES
		logval("alive[Fate:w]", ((int)now.alive[ Index(((int)((P1 *)_this)->w), 3) ]));
#endif
		;
		_m = 3; goto P999; /* 3 */
	case 141: // STATE 13 - tonearm.pml:103 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[1][13] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC Worker */
	case 142: // STATE 1 - tonearm.pml:77 - [(((alive[w]&&(user[w]!=7))&&to_worker[w]?[REQ,_]))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][1] = 1;
		if (!(((((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ])&&(((int)now.user[ Index(((int)((P0 *)_this)->w), 3) ])!=7))&&(q_len(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ]) > 0 \
		&& qrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], 0, 0, 0) == 6))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 143: // STATE 2 - tonearm.pml:78 - [to_worker[w]?REQ,r] (10:0:2 - 1)
		reached[0][2] = 1;
		if (q_len(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ]) == 0) continue;

		XX=1;
		if (6 != qrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], 0, 0, 0)) continue;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)((P0 *)_this)->r);
		;
		((P0 *)_this)->r = qrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], XX-1, 1, 1);
#ifdef VAR_RANGES
		logval("Worker:r", ((int)((P0 *)_this)->r));
#endif
		;
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ]);
		sprintf(simtmp, "%d", 6); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P0 *)_this)->r)); strcat(simvals, simtmp);		}
#endif
		;
		/* merge: idle = 0(0, 3, 10) */
		reached[0][3] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P0 *)_this)->idle);
		((P0 *)_this)->idle = 0;
#ifdef VAR_RANGES
		logval("Worker:idle", ((int)((P0 *)_this)->idle));
#endif
		;
		_m = 4; goto P999; /* 1 */
	case 144: // STATE 5 - tonearm.pml:80 - [(alive[w])] (7:0:0 - 1)
		IfNotBlocked
		reached[0][5] = 1;
		if (!(((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ])))
			continue;
		/* merge: assert((user[w]==(r/2)))(0, 6, 7) */
		reached[0][6] = 1;
		spin_assert((((int)now.user[ Index(((int)((P0 *)_this)->w), 3) ])==(((int)((P0 *)_this)->r)/2)), "(user[w]==(r/2))", II, tt, t);
		_m = 3; goto P999; /* 1 */
	case 145: // STATE 7 - tonearm.pml:80 - [from_worker[w]!RES,r] (0:0:0 - 1)
		IfNotBlocked
		reached[0][7] = 1;
		if (q_full(now.from_worker[ Index(((int)((P0 *)_this)->w), 3) ]))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.from_worker[ Index(((int)((P0 *)_this)->w), 3) ]);
		sprintf(simtmp, "%d", 5); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)((P0 *)_this)->r)); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.from_worker[ Index(((int)((P0 *)_this)->w), 3) ], 0, 5, ((int)((P0 *)_this)->r), 0, 2);
		_m = 2; goto P999; /* 0 */
	case 146: // STATE 9 - tonearm.pml:81 - [(!(alive[w]))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][9] = 1;
		if (!( !(((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ]))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 147: // STATE 12 - tonearm.pml:83 - [((((alive[w]&&(user[w]!=7))&&!(idle))&&empty(to_worker[w])))] (14:0:2 - 1)
		IfNotBlocked
		reached[0][12] = 1;
		if (!((((((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ])&&(((int)now.user[ Index(((int)((P0 *)_this)->w), 3) ])!=7))&& !(((int)((P0 *)_this)->idle)))&&(q_len(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ])==0))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: idle */  (trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((P0 *)_this)->idle;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P0 *)_this)->idle = 0;
		/* merge: idle = 1(0, 13, 14) */
		reached[0][13] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P0 *)_this)->idle);
		((P0 *)_this)->idle = 1;
#ifdef VAR_RANGES
		logval("Worker:idle", ((int)((P0 *)_this)->idle));
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 148: // STATE 14 - tonearm.pml:84 - [from_worker[w]!IDLE,0] (0:0:0 - 1)
		IfNotBlocked
		reached[0][14] = 1;
		if (q_full(now.from_worker[ Index(((int)((P0 *)_this)->w), 3) ]))
			continue;
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[64];
			sprintf(simvals, "%d!", now.from_worker[ Index(((int)((P0 *)_this)->w), 3) ]);
		sprintf(simtmp, "%d", 4); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", 0); strcat(simvals, simtmp);		}
#endif
		
		qsend(now.from_worker[ Index(((int)((P0 *)_this)->w), 3) ], 0, 4, 0, 0, 2);
		_m = 2; goto P999; /* 0 */
	case 149: // STATE 16 - tonearm.pml:85 - [((alive[w]&&to_worker[w]?[RETIRE,_]))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][16] = 1;
		if (!((((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ])&&(q_len(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ]) > 0 \
		&& qrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], 0, 0, 0) == 3))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 150: // STATE 17 - tonearm.pml:85 - [to_worker[w]?RETIRE,_] (0:0:1 - 1)
		reached[0][17] = 1;
		if (q_len(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ]) == 0) continue;

		XX=1;
		if (3 != qrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], 0, 0, 0)) continue;
		(trpt+1)->bup.oval = qrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], XX-1, 1, 0);
		;
		qrecv(now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ], XX-1, 1, 1);
		
#ifdef HAS_CODE
		if (readtrail && gui) {
			char simtmp[32];
			sprintf(simvals, "%d?", now.to_worker[ Index(((int)((P0 *)_this)->w), 3) ]);
		sprintf(simtmp, "%d", 3); strcat(simvals, simtmp);		strcat(simvals, ",");
		sprintf(simtmp, "%d", ((int)_)); strcat(simvals, simtmp);		}
#endif
		;
		_m = 4; goto P999; /* 0 */
	case 151: // STATE 19 - tonearm.pml:86 - [alive[w] = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[0][19] = 1;
		(trpt+1)->bup.oval = ((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ]);
		now.alive[ Index(((P0 *)_this)->w, 3) ] = 0;
#ifdef VAR_RANGES
		logval("alive[Worker:w]", ((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ]));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 152: // STATE 21 - tonearm.pml:90 - [((alive[w]&&(phase==DRAIN_WORKERS)))] (31:0:1 - 1)
		IfNotBlocked
		reached[0][21] = 1;
		if (!((((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ])&&(now.phase==16))))
			continue;
		/* merge: alive[w] = 0(0, 22, 31) */
		reached[0][22] = 1;
		(trpt+1)->bup.oval = ((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ]);
		now.alive[ Index(((P0 *)_this)->w, 3) ] = 0;
#ifdef VAR_RANGES
		logval("alive[Worker:w]", ((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ]));
#endif
		;
		/* merge: goto :b0(0, 24, 31) */
		reached[0][24] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 153: // STATE 25 - tonearm.pml:92 - [(!(alive[w]))] (31:0:1 - 1)
		IfNotBlocked
		reached[0][25] = 1;
		if (!( !(((int)now.alive[ Index(((int)((P0 *)_this)->w), 3) ]))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: w */  (trpt+1)->bup.oval = ((P0 *)_this)->w;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P0 *)_this)->w = 0;
		/* merge: goto :b0(0, 26, 31) */
		reached[0][26] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 154: // STATE 31 - tonearm.pml:94 - [-end-] (0:0:0 - 6)
		IfNotBlocked
		reached[0][31] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */
	case  _T5:	/* np_ */
		if (!((!(trpt->o_pm&4) && !(trpt->tau&128))))
			continue;
		/* else fall through */
	case  _T2:	/* true */
		_m = 3; goto P999;
#undef rand
	}

